package qroar.workers.checkpoint;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Element types of weights that can be run; the names are safetensors' own. Widening to float32 is exact; narrowing
 * rounds to nearest, ties to even, overflows to infinity and keeps NaN a NaN, as PyTorch does.
 */
public enum Dtype {
    F32(4) {
        @Override
        float get(ByteBuffer buffer) {
            return buffer.getFloat();
        }

        @Override
        void put(ByteBuffer buffer, float value) {
            buffer.putFloat(value);
        }
    },
    F16(2) {
        @Override
        float get(ByteBuffer buffer) {
            return halfToFloat(buffer.getShort());
        }

        @Override
        void put(ByteBuffer buffer, float value) {
            buffer.putShort(floatToHalf(value));
        }
    },
    BF16(2) {
        @Override
        float get(ByteBuffer buffer) {
            return Float.intBitsToFloat(buffer.getShort() << 16);
        }

        @Override
        void put(ByteBuffer buffer, float value) {
            buffer.putShort(floatToBrain(value));
        }
    };

    private static final int HALF_EXPONENT_BIAS = 15;
    private static final int HALF_MANTISSA_BITS = 10;
    private static final float SMALLEST_HALF = 0x1p-24f;

    private final int bytes;

    Dtype(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }

    /** Reads one element at the buffer's position; the buffer must be little-endian. */
    abstract float get(ByteBuffer buffer);

    /** Writes one element at the buffer's position; the buffer must be little-endian. */
    abstract void put(ByteBuffer buffer, float value);

    static @Nullable Dtype ofName(String name) {
        return Arrays.stream(values())
                .filter(d -> d.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    static String supported() {
        return Arrays.stream(values()).map(Dtype::name).collect(Collectors.joining(", "));
    }

    private static float halfToFloat(short half) {
        int exponent = (half >>> HALF_MANTISSA_BITS) & 0x1f;
        int mantissa = half & 0x3ff;
        if (exponent == 0) {
            float magnitude = mantissa * SMALLEST_HALF;
            return half < 0 ? -magnitude : magnitude;
        }
        int floatExponent = exponent == 0x1f ? 0xff : exponent - HALF_EXPONENT_BIAS + 127;
        return Float.intBitsToFloat((half & 0x8000) << 16 | floatExponent << 23 | mantissa << 13);
    }

    private static short floatToHalf(float value) {
        int sign = Float.floatToRawIntBits(value) >>> 16 & 0x8000;
        float magnitude = Math.abs(value);
        if (Float.isNaN(value)) {
            return (short) (sign | 0x7e00);
        }
        if (magnitude >= 65520f) { // half way between the largest half, 65504, and what would follow it
            return (short) (sign | 0x7c00);
        }
        if (magnitude < 0x1p-14f) { // subnormal: a whole number of the smallest half
            return (short) (sign | (int) Math.rint((double) magnitude / SMALLEST_HALF));
        }
        int bits = Float.floatToRawIntBits(magnitude) - ((127 - HALF_EXPONENT_BIAS) << 23);
        return (short) (sign | roundedShift(bits, 23 - HALF_MANTISSA_BITS));
    }

    private static short floatToBrain(float value) {
        int bits = Float.floatToRawIntBits(value);
        return (short) (Float.isNaN(value) ? bits >>> 16 | 0x40 : roundedShift(bits, 16));
    }

    /** Drops the low bits, rounding to nearest, ties to even; a carry runs into the exponent, as it should. */
    private static int roundedShift(int bits, int drop) {
        int odd = bits >>> drop & 1;
        return (bits + (1 << (drop - 1)) - 1 + odd) >>> drop;
    }
}
