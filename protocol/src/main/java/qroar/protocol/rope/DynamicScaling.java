package qroar.protocol.rope;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecOption;
import qroar.protocol.spec.SpecWriter;

/**
 * Dynamic NTK: the base grows with the longest sequence seen, from the trained window P on. As {@link NtkScaling} with
 * alpha = factor L/P - (factor - 1), L = max(length, P).
 */
public record DynamicScaling(double factor) implements RopeScaling {
    static final SpecForm<RopeScaling> FORM = new SpecForm<>(
            DynamicScaling.class,
            "dynamic",
            "dynamic NTK: the base grows with the longest sequence seen, from the trained window on",
            List.of(SpecOption.required("factor", ScalingLimits.EXTENSION, "4")),
            spec -> new DynamicScaling(spec.number("factor")));

    public DynamicScaling {
        ScalingLimits.extension("factor", factor);
    }

    @Override
    public SpecForm<RopeScaling> form() {
        return FORM;
    }

    @Override
    public void write(SpecWriter text) {
        text.option("factor", factor);
    }

    @Override
    public RopeFrequencies frequencies(RopeGeometry geometry, int sequenceLength) {
        double length = Math.max(sequenceLength, geometry.maxPositions());
        double alpha = factor * length / geometry.maxPositions() - (factor - 1);
        return new RopeFrequencies(
                InverseFrequencies.powers(geometry, InverseFrequencies.ntkBase(geometry, alpha)), 1.0);
    }

    @Override
    public LengthRule lengthRule() {
        return LengthRule.GROWING;
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
        return LlamaFlags.OF_THE_FILE_ALONE;
    }

    @Override
    public Map<String, Object> configKeys() {
        return ConfigKeys.of("rope_type", "dynamic", "factor", factor);
    }
}
