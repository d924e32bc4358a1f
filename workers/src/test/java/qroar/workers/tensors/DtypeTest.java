package qroar.workers.tensors;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DtypeTest {
    private final ByteBuffer buffer = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void everyBitPatternSurvivesWideningAndNarrowing(Dtype dtype) {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float wide = dtype.get(buffer.clear().putShort((short) bits).flip());
            dtype.put(buffer.clear(), wide);
            short back = buffer.flip().getShort();
            if (Float.isNaN(wide)) {
                assertThat(dtype.get(buffer.clear().putShort(back).flip())).isNaN();
            } else {
                assertThat(back).isEqualTo((short) bits);
            }
        }
    }

    /** Expected values by the definition: nearest of all representable numbers, found by looking at every one. */
    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void narrowingIsToTheNearestAndTiesGoToTheEvenPattern(Dtype dtype) {
        long seed = Long.getLong("seed", 7);
        Random random = new Random(seed);
        for (int i = 0; i < 200_000; i++) {
            int low = random.nextInt(0x7b00) + (dtype == Dtype.BF16 ? 0x400 : 0);
            float below = wide(dtype, low);
            float above = wide(dtype, low + 1);
            double middle = ((double) below + above) / 2;
            boolean tie = random.nextBoolean();
            float value = tie ? (float) middle : (float) (below + random.nextDouble() * ((double) above - below));
            int nearest = value == middle ? low + (low & 1) : value < middle ? low : low + 1;
            dtype.put(buffer.clear(), value);
            assertThat((int) buffer.flip().getShort())
                    .as("seed %d, %s", seed, value)
                    .isEqualTo(nearest);
            dtype.put(buffer.clear(), -value);
            assertThat(buffer.flip().getShort() & 0xffff)
                    .as("seed %d, %s", seed, -value)
                    .isEqualTo(nearest | 0x8000);
        }
    }

    private float wide(Dtype dtype, int bits) {
        return dtype.get(buffer.clear().putShort((short) bits).flip());
    }

    @ParameterizedTest
    @CsvSource({
        "F16, 65504, 65504",
        "F16, 65519.996, 65504",
        "F16, 65520, Infinity",
        "F16, -Infinity, -Infinity",
        "F16, 2.9802322E-8, 0",
        "F16, 2.9802326E-8, 5.9604645E-8",
        "F16, 6.097555E-5, 6.097555E-5",
        "F16, -0.0, -0.0",
        "BF16, 3.4028235E38, Infinity",
        "BF16, 1.00390625, 1.0",
        "BF16, 1.01171875, 1.015625",
        "BF16, -0.0, -0.0",
        "F32, 1.1, 1.1",
        "F32, Infinity, Infinity"
    })
    void edgesRoundAsPyTorchRounds(Dtype dtype, float value, float stored) {
        dtype.put(buffer.clear(), value);
        assertThat(dtype.get(buffer.flip())).isEqualTo(stored);
    }

    @Test
    void notANumberStaysOne() {
        for (Dtype dtype : Dtype.values()) {
            for (int bits : new int[] {0x7f800001, 0x7fffffff, 0xff800001, 0x7fc00000}) {
                dtype.put(buffer.clear(), Float.intBitsToFloat(bits));
                assertThat(dtype.get(buffer.flip())).isNaN();
            }
        }
    }
}
