package qroar.protocol.rope;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecOption;
import qroar.protocol.spec.SpecWriter;

/** Static NTK-aware scaling: base' = base * alpha^(d/(d-2)). */
public record NtkScaling(double alpha) implements RopeScaling {
    static final SpecForm<RopeScaling> FORM = new SpecForm<>(
            NtkScaling.class,
            "ntk",
            "static NTK-aware scaling: the base times alpha^(d/(d-2))",
            List.of(SpecOption.required("alpha", ScalingLimits.EXTENSION, "4")),
            spec -> new NtkScaling(spec.number("alpha")));

    public NtkScaling {
        ScalingLimits.extension("alpha", alpha);
    }

    @Override
    public SpecForm<RopeScaling> form() {
        return FORM;
    }

    @Override
    public void write(SpecWriter text) {
        text.option("alpha", alpha);
    }

    @Override
    public RopeFrequencies frequencies(RopeGeometry geometry, int sequenceLength) {
        return new RopeFrequencies(
                InverseFrequencies.powers(geometry, InverseFrequencies.ntkBase(geometry, alpha)), 1.0);
    }

    @Override
    public LengthRule lengthRule() {
        return LengthRule.FIXED;
    }

    @Override
    public @Nullable Integer originalWindow() {
        return null;
    }

    @Override
    public double stretch() {
        return Double.POSITIVE_INFINITY;
    }

    @Override
    public LlamaFlags llamaFlags(RopeGeometry geometry) {
        double theta = configTheta(geometry);
        return new LlamaFlags(
                theta == geometry.theta() ? List.of() : List.of("--rope-freq-base", LlamaFlags.number(theta)), true);
    }

    /** Transformers has no word for it; it is another base, and nothing else. */
    @Override
    public Map<String, Object> configKeys() {
        return Map.of();
    }

    @Override
    public double configTheta(RopeGeometry geometry) {
        return InverseFrequencies.ntkBase(geometry, alpha);
    }
}
