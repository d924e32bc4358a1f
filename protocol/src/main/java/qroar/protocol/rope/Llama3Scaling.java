package qroar.protocol.rope;

/** LLaMA 3.1: low frequencies divided, high ones kept, a smooth blend between. */
public record Llama3Scaling(double factor, double lowFreqFactor, double highFreqFactor, int originalMaxPositions)
        implements RopeScaling {
    public Llama3Scaling {
        ScalingLimits.extension("factor", factor);
        ScalingLimits.positive("low-freq-factor", lowFreqFactor);
        ScalingLimits.positive("high-freq-factor", highFreqFactor);
        if (!(highFreqFactor > lowFreqFactor)) {
            throw new IllegalArgumentException(
                    "high-freq-factor=" + highFreqFactor + " must be above low-freq-factor=" + lowFreqFactor);
        }
        ScalingLimits.window("original", originalMaxPositions);
    }

    @Override
    public String type() {
        return "llama3";
    }
}
