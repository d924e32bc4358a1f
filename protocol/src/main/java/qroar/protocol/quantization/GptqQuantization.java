package qroar.protocol.quantization;

/** Column by column with error feedback through the inverse Hessian (Frantar et al. 2022). */
public record GptqQuantization(
        int bits, int group, boolean actOrder, boolean staticGroups, boolean trueSequential, boolean symmetric)
        implements WeightQuantization {
    public GptqQuantization {
        QuantizationLimits.bits("bits", bits);
        QuantizationLimits.group(group);
    }

    @Override
    public String type() {
        return "gptq";
    }
}
