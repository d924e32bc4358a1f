package qroar.protocol.quantization;

/** Ranges that every quantizer here shares. */
final class QuantizationLimits {
    private static final int MIN_BITS = 2;
    private static final int MAX_BITS = 8;
    private static final int MAX_GROUP = 1 << 20;

    private QuantizationLimits() {}

    static void bits(String name, int bits) {
        if (bits < MIN_BITS || bits > MAX_BITS) {
            throw new IllegalArgumentException(name + "=" + bits + " must lie in " + MIN_BITS + " to " + MAX_BITS);
        }
    }

    static void group(int group) {
        if (group < 0 || group > MAX_GROUP) {
            throw new IllegalArgumentException(
                    "group=" + group + " must lie in 0 (a whole row) to " + MAX_GROUP + " columns");
        }
    }
}
