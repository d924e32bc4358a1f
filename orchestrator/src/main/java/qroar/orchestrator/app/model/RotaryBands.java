package qroar.orchestrator.app.model;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.console.Notes;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.InterpolationPressure;
import qroar.protocol.rope.InverseFrequencies;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.rope.RopeFrequencies;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.workers.config.ModelConfig;

/**
 * What a scaling does to the rotary embedding of a model.
 *
 * @param scaled frequencies under the scaling, {@code unscaled} those of the model without any
 * @param displacement in tokens, at which pressure and deviation are
 * @param pressure radians, by band; so is {@code deviation}
 */
public record RotaryBands(
        RopeGeometry geometry,
        RopeScaling scaling,
        RopeFrequencies scaled,
        RopeFrequencies unscaled,
        BandPartition partition,
        int displacement,
        double[] pressure,
        double[] deviation) {
    /**
     * Reads a checkpoint's config.json.
     *
     * @param rope a spec; null for the checkpoint's own scaling
     * @param length tokens of the forward pass; null for as when the model is built
     * @param bands log-spaced ones
     * @throws BadInput in one line
     */
    public static RotaryBands of(Path checkpoint, @Nullable String rope, @Nullable Integer length, int bands) {
        if (length != null && length < 1) {
            throw new BadInput("--length " + length + " must be at least 1 token");
        }
        if (bands < 1) {
            throw new BadInput("--bands " + bands + " must be at least 1");
        }
        ModelConfig config = ModelConfig.read(checkpoint.resolve("config.json"));
        new Notes().tell(config.notes());
        RopeGeometry geometry = config.geometry();
        RopeScaling scaling = rope == null ? config.ropeScaling() : RopeScalingSpec.parse(rope);
        int tokens = length == null ? InverseFrequencies.AT_CONSTRUCTION : length;
        RopeFrequencies scaled = InverseFrequencies.of(geometry, scaling, tokens);
        RopeFrequencies unscaled = InverseFrequencies.of(geometry, new NoScaling(), tokens);
        BandPartition partition = BandPartition.logSpaced(geometry.pairCount(), bands);
        int displacement = length == null ? geometry.maxPositions() : length;
        return new RotaryBands(
                geometry,
                scaling,
                scaled,
                unscaled,
                partition,
                displacement,
                InterpolationPressure.ofBands(partition, scaled, displacement),
                InterpolationPressure.phaseDeviation(partition, unscaled, scaled, displacement));
    }
}
