package qroar.workers.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import qroar.workers.torch.QuantizeScript;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

/** The pieces of AWQ against plain loops; the whole is compared with the reference in {@link GoldenAwqTest}. */
@Tag("numeric")
class AwqTest {
    private static final int ROWS = 6;
    private static final int COLUMNS = 24;
    private static final int GROUP = 8;
    private static final int TOKENS = 20;

    private final Random random = new Random(Long.getLong("seed", 5));
    private final QuantizeScript script = TorchRuntime.quantize();

    @Test
    void scalesAndLossAgreeWithPlainLoops() {
        float[] w = gaussians(ROWS * COLUMNS);
        float[] x = gaussians(TOKENS * COLUMNS);
        for (int token = 0; token < TOKENS; token++) {
            x[token * COLUMNS + 2] *= 40;
            x[token * COLUMNS + 5] = 0; // |x| = 0: the scale is held at 1e-4 before it is centred
        }
        double[] magnitude = new double[COLUMNS];
        for (int i = 0; i < x.length; i++) {
            magnitude[i % COLUMNS] += Math.abs(x[i]) / TOKENS;
        }
        try (TorchValue weight = tensor(w, ROWS, COLUMNS);
                TorchValue first = tensor(Arrays.copyOf(x, 8 * COLUMNS), 8, COLUMNS);
                TorchValue rest = tensor(Arrays.copyOfRange(x, 8 * COLUMNS, x.length), 12, COLUMNS);
                TorchValue sums = script.zeroMagnitudes(COLUMNS, TorchDevice.CPU)) {
            script.addMagnitudes(sums, first);
            script.addMagnitudes(sums, rest);
            TorchValue mean = script.meanOf(sums, TOKENS);
            close(mean.floats(), magnitude);
            for (double ratio : new double[] {0, 0.35, 0.95}) {
                double[] scales = scales(magnitude, ratio);
                try (TorchValue s = script.channelScales(mean, ratio);
                        TorchValue rounded = script.roundScaled(weight, s, 3, GROUP)) {
                    close(s.floats(), scales);
                    double[] q = rounded(w, scales);
                    close(rounded.floats(), q);
                    double loss =
                            script.squaredChange(first, rounded, weight) + script.squaredChange(rest, rounded, weight);
                    double expected = loss(x, w, q);
                    assertThat(loss).isCloseTo(expected, within(1e-3 * expected));
                }
            }
            mean.close();
        }
    }

    private static double[] scales(double[] magnitude, double ratio) {
        double[] s = new double[magnitude.length];
        double least = Double.MAX_VALUE;
        double most = 0;
        for (int i = 0; i < s.length; i++) {
            s[i] = Math.max(Math.pow(magnitude[i], ratio), 1e-4);
            least = Math.min(least, s[i]);
            most = Math.max(most, s[i]);
        }
        for (int i = 0; i < s.length; i++) {
            s[i] /= Math.sqrt(least * most);
        }
        return s;
    }

    /** Q(W s) / s with 3 bits, the product in float32 as it is stored there. */
    private static double[] rounded(float[] w, double[] s) {
        double[] q = new double[w.length];
        for (int from = 0; from < w.length; from += GROUP) {
            float[] scaled = new float[GROUP];
            for (int i = 0; i < GROUP; i++) {
                scaled[i] = w[from + i] * (float) s[(from + i) % COLUMNS];
            }
            float[] back = roundToNearest(scaled, 3);
            for (int i = 0; i < GROUP; i++) {
                q[from + i] = back[i] / (float) s[(from + i) % COLUMNS];
            }
        }
        return q;
    }

    private static float[] roundToNearest(float[] group, int bits) {
        float low = Float.MAX_VALUE;
        float high = -Float.MAX_VALUE;
        for (float v : group) {
            low = Math.min(low, v);
            high = Math.max(high, v);
        }
        float top = (1 << bits) - 1;
        float scale = Math.max(high - low, 1e-5f) / top;
        float zero = clamp((float) -Math.rint(low / scale), 0, top);
        float[] back = new float[group.length];
        for (int i = 0; i < back.length; i++) {
            back[i] = (clamp((float) Math.rint(group[i] / scale) + zero, 0, top) - zero) * scale;
        }
        return back;
    }

    private static float clamp(float value, float low, float high) {
        return Math.max(low, Math.min(value, high));
    }

    private static double loss(float[] x, float[] w, double[] q) {
        double sum = 0;
        for (int token = 0; token < TOKENS; token++) {
            for (int row = 0; row < ROWS; row++) {
                double change = 0;
                for (int i = 0; i < COLUMNS; i++) {
                    change += x[token * COLUMNS + i] * (q[row * COLUMNS + i] - w[row * COLUMNS + i]);
                }
                sum += change * change;
            }
        }
        return sum;
    }

    @Test
    void clipBoundsAgreeWithPlainLoopsWhateverRowsAreTakenAtATime() {
        float[] w = gaussians(ROWS * COLUMNS);
        Arrays.fill(w, 0, GROUP, 0f); // a group of zeros keeps its bound of zero
        float[] x = gaussians(TOKENS * COLUMNS);
        double[] expected = new double[ROWS * COLUMNS / GROUP];
        for (int g = 0; g < expected.length; g++) {
            expected[g] = bound(w, x, g);
        }
        try (TorchValue weight = tensor(w, ROWS, COLUMNS);
                TorchValue xs = tensor(x, TOKENS, COLUMNS)) {
            for (int part : new int[] {1, 4, ROWS, 100}) {
                try (TorchValue bounds = script.clipBounds(weight, xs, 3, GROUP, part);
                        TorchValue clamped = script.clampedGroups(weight, bounds, GROUP)) {
                    assertThat(bounds.shape()).containsExactly(ROWS, COLUMNS / GROUP, 1);
                    close(bounds.floats(), expected);
                    float[] values = clamped.floats();
                    for (int i = 0; i < values.length; i++) {
                        float m = bounds.floats()[i / GROUP];
                        assertThat(values[i]).isEqualTo(clamp(w[i], -m, m));
                    }
                }
            }
        }
    }

    private static double bound(float[] w, float[] x, int g) {
        float peak = 0;
        for (int i = 0; i < GROUP; i++) {
            peak = Math.max(peak, Math.abs(w[g * GROUP + i]));
        }
        double least = 1e9;
        double best = peak;
        int firstColumn = g * GROUP % COLUMNS;
        for (int step = 0; step < 10; step++) {
            float m = peak * (float) (1 - step / 20.0);
            float[] clamped = new float[GROUP];
            for (int i = 0; i < GROUP; i++) {
                clamped[i] = clamp(w[g * GROUP + i], -m, m);
            }
            float[] q = roundToNearest(clamped, 3);
            double error = 0;
            for (int token = 0; token < TOKENS; token++) {
                double change = 0;
                for (int i = 0; i < GROUP; i++) {
                    change += x[token * COLUMNS + firstColumn + i] * (q[i] - w[g * GROUP + i]);
                }
                error += change * change / TOKENS;
            }
            if (error < least) {
                least = error;
                best = m;
            }
        }
        return best;
    }

    /** With scales and bounds given, rounding commutes with scaled rows; that the search does not is told below. */
    @Test
    void rowsScaleByThemselvesGivenTheChannelScales() {
        float[] w = gaussians(ROWS * COLUMNS);
        float[] scaled = w.clone();
        for (int i = 0; i < w.length; i++) {
            scaled[i] *= i / COLUMNS % 2 == 0 ? 4f : 0.5f;
        }
        float[] scales = new float[COLUMNS];
        for (int i = 0; i < COLUMNS; i++) {
            scales[i] = 0.5f + random.nextFloat();
        }
        try (TorchValue plain = tensor(w, ROWS, COLUMNS);
                TorchValue changed = tensor(scaled, ROWS, COLUMNS);
                TorchValue s = TorchRuntime.decoder().floats(scales, new long[] {COLUMNS}, TorchDevice.CPU);
                TorchValue q = script.roundScaled(plain, s, 4, GROUP);
                TorchValue ofChanged = script.roundScaled(changed, s, 4, GROUP)) {
            float[] expected = q.floats();
            for (int i = 0; i < expected.length; i++) {
                expected[i] *= i / COLUMNS % 2 == 0 ? 4f : 0.5f;
            }
            assertThat(ofChanged.floats()).containsExactly(expected);
        }
    }

    private static void close(float[] found, double[] expected) {
        assertThat(found).hasSameSizeAs(expected);
        for (int i = 0; i < found.length; i++) {
            assertThat((double) found[i])
                    .as("element %d", i)
                    .isCloseTo(expected[i], within(1e-5 + 1e-5 * Math.abs(expected[i])));
        }
    }

    private static TorchValue tensor(float[] values, int rows, int columns) {
        return TorchRuntime.decoder().floats(values, new long[] {rows, columns}, TorchDevice.CPU);
    }

    private float[] gaussians(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
