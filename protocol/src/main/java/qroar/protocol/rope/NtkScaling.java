package qroar.protocol.rope;

/** Static NTK-aware scaling: base' = base * alpha^(d/(d-2)). */
public record NtkScaling(double alpha) implements RopeScaling {
    public NtkScaling {
        ScalingLimits.extension("alpha", alpha);
    }

    @Override
    public String type() {
        return "ntk";
    }
}
