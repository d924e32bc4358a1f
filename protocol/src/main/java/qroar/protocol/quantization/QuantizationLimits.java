package qroar.protocol.quantization;

import qroar.protocol.spec.SpecOption;
import qroar.protocol.spec.SpecRange;
import qroar.protocol.spec.SpecReader;

/** Bits and groups, which every quantizer here has: their options, defaults and ranges. */
final class QuantizationLimits {
    private static final int MIN_BITS = 2;
    private static final int MAX_BITS = 8;
    private static final int MAX_GROUP = 1 << 20;
    private static final int DEFAULT_BITS = 4;
    private static final int DEFAULT_GROUP = 128;

    static final SpecRange BIT_RANGE = SpecRange.whole(MIN_BITS, MAX_BITS);
    static final SpecRange BITS_OF_EACH_BAND = SpecRange.wholeOfEachBand(MIN_BITS, MAX_BITS);
    static final SpecOption BITS = SpecOption.stated("bits", BIT_RANGE, Integer.toString(DEFAULT_BITS));
    static final SpecOption GROUP =
            SpecOption.stated("group", SpecRange.whole(0, MAX_GROUP), Integer.toString(DEFAULT_GROUP));

    private QuantizationLimits() {}

    static int bits(SpecReader spec) {
        return spec.integer("bits", DEFAULT_BITS);
    }

    static int group(SpecReader spec) {
        return spec.integer("group", DEFAULT_GROUP);
    }

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

    /** {@code -w4g128}, {@code -w4row}. */
    static String briefly(int bits, int group) {
        return "-w" + bits + (group > 0 ? "g" + group : "row");
    }
}
