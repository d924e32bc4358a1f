package qroar.protocol.rope;

/** Dynamic NTK: the base grows with the longest sequence seen, from the trained window on. */
public record DynamicScaling(double factor) implements RopeScaling {
    public DynamicScaling {
        ScalingLimits.extension("factor", factor);
    }

    @Override
    public String type() {
        return "dynamic";
    }
}
