package qroar.workers.quantize;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * GPTQ in plain loops and double: the error of each column goes to all later columns at once, without blocks; grids of
 * groups are taken from a copy that is refreshed every 128 columns, where blocks end.
 */
final class NaiveGptq {
    private static final int BLOCK = 128;

    private final double[][] w;
    private final double[][] u;
    private final int[] order;
    private final boolean[] dead;
    private final int bits;
    private final int group;
    private final boolean symmetric;
    private final boolean staticGroups;

    NaiveGptq(
            double[][] w,
            double[][] hessian,
            int bits,
            int group,
            boolean actOrder,
            boolean staticGroups,
            boolean symmetric) {
        this.w = w;
        this.bits = bits;
        this.group = group;
        this.symmetric = symmetric;
        this.staticGroups = staticGroups;
        int n = hessian.length;
        double[][] h = copy(hessian);
        dead = new boolean[n];
        for (int i = 0; i < n; i++) {
            dead[i] = h[i][i] == 0;
            h[i][i] = dead[i] ? 1 : h[i][i];
        }
        order = IntStream.range(0, n)
                .boxed()
                .sorted(actOrder ? Comparator.<Integer>comparingDouble(i -> -h[i][i]) : Comparator.naturalOrder())
                .mapToInt(i -> i)
                .toArray();
        double damp =
                0.01 * IntStream.range(0, n).mapToDouble(i -> h[i][i]).average().orElseThrow();
        double[][] permuted = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                permuted[i][j] = h[order[i]][order[j]] + (i == j ? damp : 0);
            }
        }
        u = upperFactor(inverse(permuted));
    }

    /** [rows][columns]. */
    double[][] quantized() {
        int rows = w.length;
        int n = order.length;
        double[][] result = new double[rows][n];
        for (int r = 0; r < rows; r++) {
            double[] alive = new double[n];
            for (int i = 0; i < n; i++) {
                alive[i] = dead[i] ? 0 : w[r][i];
            }
            double[] current = new double[n];
            for (int i = 0; i < n; i++) {
                current[i] = alive[order[i]];
            }
            double[] atBlock = current.clone();
            double[] grid = grid(w[r], 0, n);
            for (int i = 0; i < n; i++) {
                if (i % BLOCK == 0) {
                    atBlock = current.clone();
                }
                if (group > 0 && staticGroups) {
                    int first = order[i] / group * group;
                    grid = grid(alive, first, first + group);
                } else if (group > 0 && i % group == 0) {
                    grid = grid(atBlock, i, i + group);
                }
                double code = Math.rint(current[i] / grid[0]) + grid[1];
                double q = (Math.max(0, Math.min(code, (1 << bits) - 1)) - grid[1]) * grid[0];
                result[r][order[i]] = q;
                double error = (current[i] - q) / u[i][i];
                for (int j = i; j < n; j++) {
                    current[j] -= error * u[i][j];
                }
            }
        }
        return result;
    }

    private double[] grid(double[] values, int from, int to) {
        double low = 0;
        double high = 0;
        for (int i = from; i < to; i++) {
            low = Math.min(low, values[i]);
            high = Math.max(high, values[i]);
        }
        if (symmetric) {
            high = Math.max(high, -low);
            low = low < 0 ? -high : low;
        }
        if (low == 0 && high == 0) {
            low = -1;
            high = 1;
        }
        double scale = (high - low) / ((1 << bits) - 1);
        return new double[] {scale, symmetric ? 1 << (bits - 1) : Math.rint(-low / scale)};
    }

    private static double[][] copy(double[][] m) {
        return Arrays.stream(m).map(double[]::clone).toArray(double[][]::new);
    }

    /** Gauss and Jordan, of a positive definite matrix. */
    private static double[][] inverse(double[][] m) {
        int n = m.length;
        double[][] a = copy(m);
        double[][] b = new double[n][n];
        for (int i = 0; i < n; i++) {
            b[i][i] = 1;
        }
        for (int p = 0; p < n; p++) {
            double pivot = a[p][p];
            for (int j = 0; j < n; j++) {
                a[p][j] /= pivot;
                b[p][j] /= pivot;
            }
            for (int i = 0; i < n; i++) {
                double factor = a[i][p];
                for (int j = 0; i != p && j < n; j++) {
                    a[i][j] -= factor * a[p][j];
                    b[i][j] -= factor * b[p][j];
                }
            }
        }
        return b;
    }

    /** U with U^T U = m. */
    private static double[][] upperFactor(double[][] m) {
        int n = m.length;
        double[][] u = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = i; j < n; j++) {
                double sum = m[i][j];
                for (int k = 0; k < i; k++) {
                    sum -= u[k][i] * u[k][j];
                }
                u[i][j] = i == j ? Math.sqrt(sum) : sum / u[i][i];
            }
        }
        return u;
    }
}
