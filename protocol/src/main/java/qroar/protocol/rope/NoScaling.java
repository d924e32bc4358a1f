package qroar.protocol.rope;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecWriter;

/** No interpolation: theta^(-2j/d). */
public record NoScaling() implements RopeScaling {
    static final SpecForm<RopeScaling> FORM =
            new SpecForm<>(NoScaling.class, "none", "no interpolation", List.of(), spec -> new NoScaling());

    @Override
    public SpecForm<RopeScaling> form() {
        return FORM;
    }

    @Override
    public void write(SpecWriter text) {}

    @Override
    public RopeFrequencies frequencies(RopeGeometry geometry, int sequenceLength) {
        return new RopeFrequencies(InverseFrequencies.powers(geometry, geometry.theta()), 1.0);
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
        return new LlamaFlags(List.of(), true);
    }

    @Override
    public Map<String, Object> configKeys() {
        return Map.of();
    }
}
