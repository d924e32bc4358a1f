package qroar.protocol.quantization;

/** Text form of a {@link QuantizationSpec}: {@code none}, {@code rtn:bits=4,group=128}, ... */
public final class QuantizationText {
    private QuantizationText() {}

    /** Canonical text: equal specs have equal text. */
    public static String format(QuantizationSpec spec) {
        return spec.weights().type();
    }
}
