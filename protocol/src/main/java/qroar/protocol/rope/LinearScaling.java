package qroar.protocol.rope;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecOption;
import qroar.protocol.spec.SpecWriter;

/** Position interpolation (Chen et al. 2023, section 2.3): every frequency divided by {@code factor}. */
public record LinearScaling(double factor) implements RopeScaling {
    static final SpecForm<RopeScaling> FORM = new SpecForm<>(
            LinearScaling.class,
            "linear",
            "position interpolation (Chen et al. 2023): every frequency divided by the factor",
            List.of(SpecOption.required("factor", ScalingLimits.EXTENSION, "4")),
            spec -> new LinearScaling(spec.number("factor")));

    public LinearScaling {
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
        double[] frequencies = InverseFrequencies.powers(geometry, geometry.theta());
        for (int j = 0; j < frequencies.length; j++) {
            frequencies[j] /= factor;
        }
        return new RopeFrequencies(frequencies, 1.0);
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
        return factor;
    }

    @Override
    public LlamaFlags llamaFlags(RopeGeometry geometry) {
        return new LlamaFlags(List.of("--rope-scaling", "linear", "--rope-scale", LlamaFlags.number(factor)), true);
    }

    @Override
    public int servedPositions(RopeGeometry geometry) {
        return (int) Math.rint(geometry.maxPositions() * factor);
    }

    @Override
    public Map<String, Object> configKeys() {
        return ConfigKeys.of("rope_type", "linear", "factor", factor);
    }
}
