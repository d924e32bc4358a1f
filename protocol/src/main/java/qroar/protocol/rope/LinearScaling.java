package qroar.protocol.rope;

/** Position interpolation (Chen et al. 2023): every frequency divided by {@code factor}. */
public record LinearScaling(double factor) implements RopeScaling {
    public LinearScaling {
        ScalingLimits.extension("factor", factor);
    }

    @Override
    public String type() {
        return "linear";
    }
}
