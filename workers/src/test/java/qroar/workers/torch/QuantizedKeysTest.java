package qroar.workers.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Rows of keys, band by band, against the plain loop. */
@Tag("numeric")
class QuantizedKeysTest {
    private static final long SEED = Long.getLong("seed", 6);
    private static final int ROWS = 7;
    private static final int WIDTH = 16;
    private static final long HALF_MORE = 3 << 15;

    /** Heads, key/value heads, head size, bits; activations in full precision; products; kernel; post-rope. */
    private static final long[] HEAD = {2, 1, WIDTH, 4, 0, 0, 0, 3, 0};

    private static float[] quantized(float[] x, long... bands) {
        long[] shape = Arrays.copyOf(HEAD, HEAD.length + 1 + bands.length);
        shape[HEAD.length] = bands.length / 4;
        System.arraycopy(bands, 0, shape, HEAD.length + 1, bands.length);
        try (TorchValue keys = TorchRuntime.decoder().floats(x, new long[] {1, ROWS, WIDTH}, TorchDevice.CPU);
                TorchValue integers = TorchRuntime.decoder().integers(shape);
                TorchValue found = TorchRuntime.decoder().quantizedKeys(keys, integers)) {
            return found.floats();
        }
    }

    private static float[] keys() {
        Random random = new Random(SEED);
        float[] x = new float[ROWS * WIDTH];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) (random.nextGaussian() * (i % 5 == 0 ? 8 : 1));
        }
        Arrays.fill(x, WIDTH, 2 * WIDTH, 0);
        Arrays.fill(x, 2 * WIDTH, 2 * WIDTH + 14, 0);
        return x;
    }

    private static float[] oracle(float[] x, long... bands) {
        float[] expected = new float[x.length];
        for (int row = 0; row < ROWS; row++) {
            int from = row * WIDTH;
            for (int band = 0; band < bands.length; band += 4) {
                float[] part = Arrays.copyOfRange(x, from, from + (int) bands[band]);
                clip(part, (int) bands[band + 2], bands[band + 3] / 65536f);
                round(part, (int) bands[band + 1]);
                System.arraycopy(part, 0, expected, from, part.length);
                from += part.length;
            }
        }
        return expected;
    }

    private static void clip(float[] part, int beyond, float tail) {
        float[] sorted = part.clone();
        Arrays.sort(sorted);
        float low = Math.min(0, sorted[beyond] * tail);
        float high = Math.max(0, sorted[part.length - 1 - beyond] * tail);
        for (int i = 0; i < part.length && beyond > 0 && low < high; i++) {
            part[i] = Math.min(Math.max(part[i], low), high);
        }
    }

    private static void round(float[] part, int bits) {
        float steps = (1 << bits) - 1;
        float low = 0;
        float high = 0;
        for (float value : part) {
            low = Math.min(low, value);
            high = Math.max(high, value);
        }
        float scale = low == high ? 1 : (high - low) / steps;
        float zero = (float) Math.rint(-low / scale);
        for (int i = 0; i < part.length; i++) {
            float code = Math.min(Math.max((float) Math.rint(part[i] / scale) + zero, 0), steps);
            part[i] = (code - zero) * scale;
        }
    }

    @Test
    void everyBandHasAGridOfItsOwn() {
        long[] bands = {6, 8, 0, 0, 6, 4, 0, 0, 4, 2, 0, 0};
        assertThat(quantized(keys(), bands)).containsExactly(oracle(keys(), bands));
    }

    @Test
    void whatLiesBeyondTheRangeTimesTheTailIsClippedToIt() {
        long[] bands = {10, 4, 1, 1 << 16, 6, 4, 2, HALF_MORE};
        float[] found = quantized(keys(), bands);
        assertThat(found).containsExactly(oracle(keys(), bands));
        assertThat(found).isNotEqualTo(oracle(keys(), 10, 4, 0, 0, 6, 4, 0, 0));
    }

    /** A tail that reaches beyond all values. */
    @Test
    void aWideTailClipsNothing() {
        float[] both = keys();
        Arrays.fill(both, WIDTH, 3 * WIDTH, 1);
        for (int i = 0; i < both.length; i += 4) {
            both[i] = -Math.abs(both[i]) - 1;
            both[i + 1] = Math.abs(both[i + 1]) + 1;
        }
        assertThat(quantized(both, WIDTH, 4, 1, 100L << 16)).containsExactly(quantized(both));
        assertThat(quantized(both, WIDTH, 4, 1, 1 << 16)).isNotEqualTo(quantized(both));
    }

    @Test
    void withoutBandsAHeadHasOneGrid() {
        assertThat(quantized(keys())).containsExactly(oracle(keys(), WIDTH, 4, 0, 0));
    }
}
