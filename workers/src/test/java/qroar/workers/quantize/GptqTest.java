package qroar.workers.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import qroar.workers.torch.Codes;
import qroar.workers.torch.QuantizeScript;
import qroar.workers.torch.QuantizeScript.ColumnOrder;
import qroar.workers.torch.QuantizeScript.GptqWeight;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

@Tag("numeric")
class GptqTest {
    private static final int TOKENS = 64;

    private final Random random = new Random(Long.getLong("seed", 11));
    private final QuantizeScript script = TorchRuntime.quantize();

    @ParameterizedTest
    @CsvSource({
        "4, 40, 0, false, false, false",
        "4, 1, 0, false, false, false",
        "3, 160, 32, false, false, false",
        "4, 288, 96, false, false, true",
        "4, 144, 144, true, false, false",
        "2, 160, 40, true, false, false",
        "5, 150, 30, true, true, false",
        "8, 140, 20, false, true, true",
        "4, 140, 0, true, true, true"
    })
    void agreesWithPlainLoops(
            int bits, int columns, int group, boolean actOrder, boolean staticGroups, boolean symmetric) {
        int rows = 5;
        float[] w = gaussians(rows * columns);
        w[0] = 0; // and a row without a weight: its grid is -1 to 1
        Arrays.fill(w, 0, columns, 0);
        float[] x = gaussians(TOKENS * columns);
        for (int token = 0; token < TOKENS && columns > 9; token++) {
            x[token * columns + 7] = 0; // dead
            x[token * columns + 3] *= 30; // an outlier
        }
        float[] found = quantized(w, rows, columns, x, bits, group, actOrder, staticGroups, symmetric);
        double[][] expected = new NaiveGptq(
                        matrix(w, rows, columns), hessian(x, columns), bits, group, actOrder, staticGroups, symmetric)
                .quantized();
        int same = 0;
        for (int i = 0; i < found.length; i++) {
            same += Math.abs(found[i] - expected[i / columns][i % columns]) <= 1e-4 ? 1 : 0;
        }
        assertThat((double) same / found.length).isGreaterThanOrEqualTo(0.99);
    }

    @Test
    void rowsScaleByThemselvesGivenTheInputs() {
        int rows = 8;
        int columns = 160;
        float[] w = gaussians(rows * columns);
        float[] x = gaussians(TOKENS * columns);
        float[] scaled = w.clone();
        for (int i = 0; i < w.length; i++) {
            scaled[i] *= rowScale(i / columns);
        }
        float[] plain = quantized(w, rows, columns, x, 4, 32, true, false, false);
        float[] ofScaled = quantized(scaled, rows, columns, x, 4, 32, true, false, false);
        for (int i = 0; i < w.length; i++) {
            assertThat(ofScaled[i]).isEqualTo(plain[i] * rowScale(i / columns));
        }
    }

    /** Powers of two, with which floating point commutes. */
    private static float rowScale(int row) {
        return (float) Math.pow(2, row % 5 - 2);
    }

    @Test
    void inputsThatAreNotFiniteHaveNoFactor() {
        float[] x = gaussians(TOKENS * 16);
        x[5] = Float.NaN;
        assertThat(isFactor(x, 16)).isFalse();
        x[5] = Float.POSITIVE_INFINITY;
        assertThat(isFactor(x, 16)).isFalse();
        x[5] = 1e4f;
        assertThat(isFactor(x, 16)).isTrue();
        assertThat(isFactor(new float[16], 16)).as("all inputs dead").isTrue();
    }

    private boolean isFactor(float[] x, int columns) {
        try (TorchValue xs = tensor(x, x.length / columns, columns);
                TorchValue sums = script.zeroSums(columns, TorchDevice.CPU)) {
            script.addProducts(sums, xs);
            try (TorchValue factor = script.gptqFactor(sums, 1, ColumnOrder.BY_ACTIVATION)) {
                return script.isFactor(factor);
            }
        }
    }

    private float[] quantized(
            float[] w,
            int rows,
            int columns,
            float[] x,
            int bits,
            int group,
            boolean actOrder,
            boolean staticGroups,
            boolean symmetric) {
        try (TorchValue weight = tensor(w, rows, columns);
                TorchValue xs = tensor(x, TOKENS, columns);
                TorchValue sums = script.zeroSums(columns, TorchDevice.CPU)) {
            script.addProducts(sums, xs);
            ColumnOrder order = actOrder ? ColumnOrder.BY_ACTIVATION : ColumnOrder.AS_STORED;
            try (TorchValue factor = script.gptqFactor(sums, 1, order)) {
                GptqWeight result = script.gptq(weight, factor, bits, group, symmetric, staticGroups);
                try (TorchValue q = result.weight();
                        Codes codes = result.codes();
                        TorchValue error = result.error()) {
                    CodesTest.assertMakesUp(codes, q);
                    assertThat(error.floats()[0]).isFinite();
                    assertThat(weight.floats()).as("the argument").containsExactly(w);
                    return q.floats();
                }
            }
        }
    }

    private static TorchValue tensor(float[] values, int rows, int columns) {
        return TorchRuntime.decoder().floats(values, new long[] {rows, columns}, TorchDevice.CPU);
    }

    private static double[][] matrix(float[] values, int rows, int columns) {
        double[][] matrix = new double[rows][columns];
        for (int i = 0; i < values.length; i++) {
            matrix[i / columns][i % columns] = values[i];
        }
        return matrix;
    }

    private static double[][] hessian(float[] x, int columns) {
        double[][] h = new double[columns][columns];
        for (int token = 0; token < TOKENS; token++) {
            for (int i = 0; i < columns; i++) {
                for (int j = 0; j < columns; j++) {
                    h[i][j] += 2.0 * x[token * columns + i] * x[token * columns + j];
                }
            }
        }
        return h;
    }

    private float[] gaussians(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
