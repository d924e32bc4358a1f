package qroar.workers.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import qroar.protocol.quantization.ActivationQuantization;
import qroar.protocol.quantization.ActivationQuantization.Range;
import qroar.protocol.quantization.QuantizationText;
import qroar.workers.torch.DecoderScript.RowRange;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

/** Activations clipped before they are quantized, against the definition row by row. */
@Tag("numeric")
class ClippedActivationsTest {
    private static final long SEED = Long.getLong("seed", 7);

    private static ActivationQuantization spec(String text) {
        return Objects.requireNonNull(QuantizationText.parse("none:" + text).activations());
    }

    private static float[] computed(float[] x, int width, ActivationQuantization spec) {
        long[] head = {1, 1, 2, 0, spec.bits(), spec.range() == Range.SYMMETRIC ? 1 : 0, 0, 0, 0, 0};
        LongStream clipped = spec.clip() == 0
                ? LongStream.empty()
                : KeyGrids.ofClipped(spec).stream().mapToLong(Long::longValue);
        long[] shape = LongStream.concat(Arrays.stream(head), clipped).toArray();
        try (TorchValue rows = TorchRuntime.decoder().floats(x, new long[] {x.length / width, width}, TorchDevice.CPU);
                TorchValue integers = TorchRuntime.decoder().integers(shape);
                TorchValue result = TorchRuntime.decoder().linearInput(rows, integers)) {
            return result.floats();
        }
    }

    private static float[] quantized(float[] row, ActivationQuantization spec) {
        RowRange range = spec.range() == Range.SYMMETRIC ? RowRange.SYMMETRIC : RowRange.ASYMMETRIC;
        try (TorchValue x = TorchRuntime.decoder().floats(row, new long[] {1, row.length}, TorchDevice.CPU);
                TorchValue result = TorchRuntime.decoder().quantizedRows(x, spec.bits(), range)) {
            return result.floats();
        }
    }

    /** By sorting; what is drawn in is then quantized as any row is. */
    private static float[] clipped(float[] row, ActivationQuantization spec, int beyond) {
        float tail = Math.round(spec.tail() * 65536) / 65536f;
        float[] sorted = row.clone();
        Arrays.sort(sorted);
        float low = Math.min(0, sorted[beyond] * tail);
        float high = Math.max(0, sorted[row.length - 1 - beyond] * tail);
        if (spec.range() == Range.SYMMETRIC) {
            for (int i = 0; i < row.length; i++) {
                sorted[i] = Math.abs(row[i]);
            }
            Arrays.sort(sorted);
            high = sorted[row.length - 1 - 2 * beyond] * tail;
            low = -high;
        }
        float[] drawn = row.clone();
        for (int i = 0; i < row.length && low != high; i++) {
            drawn[i] = Math.min(high, Math.max(low, row[i]));
        }
        return drawn;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "act-bits=4,act-clip=0.9 | 40 | 2",
                "act-bits=4,act-clip=0.9 | 39 | 1",
                "act-bits=8,act-clip=0.98,act-tail=1.25 | 200 | 2",
                "act-bits=4,act=asym,act-clip=0.9 | 40 | 2",
                "act-bits=3,act=asym,act-clip=0.5,act-tail=1.1 | 33 | 8",
                "act-bits=4,act-clip=0.9,act-tail=100 | 40 | 2",
                "act-bits=4,act-clip=0.98 | 40 | 0"
            })
    void rowsAreDrawnInAndThenQuantized(String text, int width, int beyond) {
        ActivationQuantization spec = spec(text);
        Random random = new Random(SEED);
        float[] x = new float[6 * width];
        for (int i = 0; i < 5 * width; i++) {
            // Rows on both sides of zero, of one sign, with heavy tails, and with an outlier; the last is all zeros.
            double value = random.nextGaussian();
            double[] kinds = {value, Math.abs(value), -Math.abs(value), value * value * value, value};
            x[i] = (float) kinds[i / width];
        }
        x[4 * width + 3] = 100;
        float[] result = computed(x, width, spec);
        for (int row = 0; row < 6; row++) {
            float[] own = Arrays.copyOfRange(x, row * width, (row + 1) * width);
            assertThat(Arrays.copyOfRange(result, row * width, (row + 1) * width))
                    .as("row %d seed %d", row, SEED)
                    .usingElementComparator(Float::compare)
                    .containsExactly(quantized(beyond == 0 ? own : clipped(own, spec, beyond), spec));
        }
    }

    @Test
    void aShareOfOneAndATailBeyondTheRangeClipNothing() {
        float[] x = {0.5f, -3, 0.25f, 7, -0.125f, 1, 2, -2};
        float[] plain = computed(x, 8, spec("act-bits=4"));
        for (String text : List.of("act-bits=4,act-clip=1", "act-bits=4,act-clip=0.75,act-tail=100")) {
            assertThat(computed(x, 8, spec(text))).as(text).containsExactly(plain);
        }
        assertThat(computed(x, 8, spec("act-bits=4,act-clip=0.75"))).isNotEqualTo(plain);
    }

    @Test
    void aTailThatWasNotMeasuredIsComputedWithNowhere() {
        assertThatThrownBy(() -> KeyGrids.ofClipped(spec("act-bits=4,act-clip=0.75,act-tail=auto")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("was not measured");
    }
}
