package qroar.experiments.plan;

import org.jspecify.annotations.Nullable;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.rope.RopeScaling;

/**
 * What planning needs to know of a checkpoint.
 *
 * @param checkpointDigest SHA-256 (hex) of the checkpoint
 * @param geometry its rotary embedding before scaling
 * @param layerCount its decoder layers
 * @param ownRope the scaling in its configuration; {@link NoScaling} where there is none
 * @param trainedWindow context it was trained on without interpolation, in tokens
 * @param controlDigest SHA-256 (hex) of the same model without quantization, where the file names one; null otherwise
 */
public record ModelFacts(
        String checkpointDigest,
        RopeGeometry geometry,
        int layerCount,
        RopeScaling ownRope,
        int trainedWindow,
        @Nullable String controlDigest) {
    /** Without a control of its own. */
    public ModelFacts(
            String checkpointDigest, RopeGeometry geometry, int layerCount, RopeScaling ownRope, int trainedWindow) {
        this(checkpointDigest, geometry, layerCount, ownRope, trainedWindow, null);
    }

    public ModelFacts {
        if (trainedWindow < 2) {
            throw new IllegalArgumentException("trained window of " + trainedWindow + " tokens; at least 2 are needed");
        }
    }
}
