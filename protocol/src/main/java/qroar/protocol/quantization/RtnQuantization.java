package qroar.protocol.quantization;

/** Round to nearest, asymmetric. */
public record RtnQuantization(int bits, int group) implements WeightQuantization {
    public RtnQuantization {
        QuantizationLimits.bits("bits", bits);
        QuantizationLimits.group(group);
    }

    @Override
    public String type() {
        return "rtn";
    }
}
