package qroar.protocol.quantization;

/** Activation-aware scaling (Lin et al. 2023), then round to nearest; {@code clip} adds the clip search. */
public record AwqQuantization(int bits, int group, boolean clip) implements WeightQuantization {
    public AwqQuantization {
        QuantizationLimits.bits("bits", bits);
        QuantizationLimits.group(group);
    }

    @Override
    public String type() {
        return "awq";
    }
}
