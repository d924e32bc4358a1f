package qroar.workers.packed;

/** IEEE binary16 in a short, to and from float32; Java has it from version 20 on. */
public final class Float16 {
    private static final int EXPONENT_BIAS = 15;
    private static final int MANTISSA_BITS = 10;
    private static final float SMALLEST = 0x1p-24f;

    private Float16() {}

    /** Exact. */
    public static float toFloat(short half) {
        int exponent = (half >>> MANTISSA_BITS) & 0x1f;
        int mantissa = half & 0x3ff;
        if (exponent == 0) {
            float magnitude = mantissa * SMALLEST;
            return half < 0 ? -magnitude : magnitude;
        }
        int floatExponent = exponent == 0x1f ? 0xff : exponent - EXPONENT_BIAS + 127;
        return Float.intBitsToFloat((half & 0x8000) << 16 | floatExponent << 23 | mantissa << 13);
    }

    /** Nearest, ties to even; beyond 65504 infinity; a NaN stays one. */
    public static short ofFloat(float value) {
        int sign = Float.floatToRawIntBits(value) >>> 16 & 0x8000;
        float magnitude = Math.abs(value);
        if (Float.isNaN(value)) {
            return (short) (sign | 0x7e00);
        }
        if (magnitude >= 65520f) { // half way between the largest half, 65504, and what would follow it
            return (short) (sign | 0x7c00);
        }
        if (magnitude < 0x1p-14f) { // subnormal: a whole number of the smallest half
            return (short) (sign | (int) Math.rint((double) magnitude / SMALLEST));
        }
        int bits = Float.floatToRawIntBits(magnitude) - ((127 - EXPONENT_BIAS) << 23);
        return (short) (sign | roundedShift(bits, 23 - MANTISSA_BITS));
    }

    /** Drops the low bits, rounding to nearest, ties to even; a carry runs into the exponent, as it should. */
    public static int roundedShift(int bits, int drop) {
        int odd = bits >>> drop & 1;
        return (bits + (1 << (drop - 1)) - 1 + odd) >>> drop;
    }
}
