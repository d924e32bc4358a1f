package qroar.workers.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import qroar.protocol.BadInput;
import qroar.workers.torch.DecoderScript.RowRange;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

@Tag("numeric")
class RoundToNearestTest {
    private static final int ROWS = 64;
    private static final int COLUMNS = 96;
    private static final long SEED = Long.getLong("seed", 5);

    private static float[] quantized(float[] w, int columns, int bits, int group) {
        try (RoundToNearest quantizer = new RoundToNearest(bits, group);
                TorchValue weight =
                        TorchRuntime.decoder().floats(w, new long[] {w.length / columns, columns}, TorchDevice.CPU);
                TorchValue result = quantizer.quantized(weight)) {
            return result.floats();
        }
    }

    private static float[] gaussian(int count) {
        Random random = new Random(SEED);
        float[] w = new float[count];
        for (int i = 0; i < count; i++) {
            w[i] = (float) (0.1 * random.nextGaussian());
        }
        return w;
    }

    @Test
    void scalingARowScalesItsQuantizedRow() {
        float[] w = gaussian(ROWS * COLUMNS);
        for (int bits : new int[] {2, 3, 4, 8}) {
            for (int group : new int[] {0, 32}) {
                float[] plain = quantized(w, COLUMNS, bits, group);
                // A power of two scales every intermediate exactly; other factors round, and may flip a tie.
                assertThat(quantized(times(w, 2), COLUMNS, bits, group)).containsExactly(times(plain, 2));
                float[] scaled = quantized(times(w, 1.16f), COLUMNS, bits, group);
                float[] expected = times(plain, 1.16f);
                int different = 0;
                for (int i = 0; i < w.length; i++) {
                    if (Math.abs(scaled[i] - expected[i]) > 1e-5) {
                        different++;
                    }
                }
                assertThat(different)
                        .as("bits %d group %d seed %d", bits, group, SEED)
                        .isLessThanOrEqualTo(3);
            }
        }
    }

    private static float[] times(float[] values, float factor) {
        float[] product = values.clone();
        for (int i = 0; i < product.length; i++) {
            product[i] *= factor;
        }
        return product;
    }

    @Test
    void groupZeroIsTheWholeRow() {
        float[] w = gaussian(ROWS * COLUMNS);
        assertThat(quantized(w, COLUMNS, 4, 0)).containsExactly(quantized(w, COLUMNS, 4, COLUMNS));
    }

    @Test
    void errorIsAtMostHalfAStepWhereTheGroupHasBothSigns() {
        float[] w = gaussian(COLUMNS);
        float[] q = quantized(w, COLUMNS, 4, 0);
        double low = Double.MAX_VALUE;
        double high = -Double.MAX_VALUE;
        for (float value : w) {
            low = Math.min(low, value);
            high = Math.max(high, value);
        }
        double step = (high - low) / 15;
        for (int i = 0; i < w.length; i++) {
            // Zero is rounded to the grid, so an end of the range may fall half a step outside it.
            assertThat(Math.abs(q[i] - w[i])).isLessThanOrEqualTo((float) (step * 1.001));
        }
    }

    @Test
    void constantsZerosAndNonFiniteValuesKeepToTheRule() {
        assertThat(quantized(new float[8], 8, 4, 0)).containsOnly(0f);
        // A group of one sign saturates: no zero extension.
        float[] same = new float[8];
        Arrays.fill(same, 0.5f);
        assertThat(quantized(same, 8, 4, 0)).containsOnly(1e-5f);
        assertThat(quantized(new float[] {0.25f}, 1, 4, 0)).containsExactly(1e-5f);
        float[] broken = {1, Float.NaN, -1, 2, 1, 2, 3, -4};
        float[] result = quantized(broken, 8, 4, 4);
        assertThat(Arrays.copyOf(result, 4)).containsOnly(Float.NaN);
        assertThat(Arrays.copyOfRange(result, 4, 8)).doesNotContain(Float.NaN);
    }

    /** 96 columns in groups of 40: two whole groups and one of 16, each as if it were a row of its own. */
    @Test
    void theLastGroupOfARowMayBeShorter() {
        float[] w = gaussian(ROWS * COLUMNS);
        float[] result = quantized(w, COLUMNS, 4, 40);
        for (int row = 0; row < ROWS; row++) {
            for (int from = 0; from < COLUMNS; from += 40) {
                int to = Math.min(COLUMNS, from + 40);
                float[] alone = Arrays.copyOfRange(w, row * COLUMNS + from, row * COLUMNS + to);
                assertThat(Arrays.copyOfRange(result, row * COLUMNS + from, row * COLUMNS + to))
                        .containsExactly(quantized(alone, to - from, 4, 0));
            }
        }
        assertThat(quantized(w, COLUMNS, 4, 1000)).containsExactly(quantized(w, COLUMNS, 4, 0));
    }

    @Test
    void impossibleParametersAreRefused() {
        assertThatThrownBy(() -> new RoundToNearest(1, 32)).isInstanceOf(BadInput.class);
        assertThatThrownBy(() -> new RoundToNearest(9, 32)).isInstanceOf(BadInput.class);
        assertThatThrownBy(() -> new RoundToNearest(4, -1)).isInstanceOf(BadInput.class);
    }

    @Test
    void rowsOfZerosStayZeroUnderBothRanges() {
        for (RowRange range : RowRange.values()) {
            try (TorchValue x = TorchRuntime.decoder()
                            .floats(new float[] {0, 0, 0, 3, -1, 2}, new long[] {2, 3}, TorchDevice.CPU);
                    TorchValue rows = TorchRuntime.decoder().quantizedRows(x, 4, range)) {
                float[] values = rows.floats();
                assertThat(Arrays.copyOf(values, 3)).containsOnly(0f);
                assertThat(values[3]).isGreaterThan(2.5f);
            }
        }
    }
}
