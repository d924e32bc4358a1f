package qroar.protocol.trial;

import org.jspecify.annotations.Nullable;
import qroar.protocol.band.BandScales;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.rope.RopeScaling;

/**
 * What a trial's predictions are compared with: a checkpoint as it is stored, with neither quantizer nor scales.
 *
 * @param checkpointDigest SHA-256 (hex) of the checkpoint
 * @param precision of its forward passes
 * @param rope its interpolation
 * @param keyTokens which tokens need the long context, by its losses; null where nobody asks
 */
public record Reference(
        String checkpointDigest,
        Precision precision,
        RopeScaling rope,
        @Nullable KeyTokenRule keyTokens) {
    /** The trial that reads a trial's documents with the reference itself. */
    public TrialSpec reading(TrialSpec trial) {
        BandScales scales = trial.scales();
        return new TrialSpec(
                        checkpointDigest,
                        precision,
                        QuantizationSpec.NONE,
                        Calibration.NONE,
                        rope,
                        BandScales.identity(scales.partition(), scales.mode()),
                        trial.plan(),
                        TrialSpec.Probe.LOSSES)
                .comparedWith(this);
    }
}
