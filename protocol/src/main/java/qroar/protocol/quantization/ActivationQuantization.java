package qroar.protocol.quantization;

/** Per-token dynamic quantization of the input of each of the seven linears of every decoder layer. */
public record ActivationQuantization(int bits, Range range) {
    public ActivationQuantization {
        QuantizationLimits.bits("act-bits", bits);
    }

    /** Where zero lies in the integer range. */
    public enum Range {
        /** Zero in the middle, scale from the largest magnitude. */
        SYMMETRIC,
        /** Zero anywhere, scale from smallest to largest value, zero always included. */
        ASYMMETRIC
    }
}
