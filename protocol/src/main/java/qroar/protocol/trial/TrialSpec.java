package qroar.protocol.trial;

import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.rope.BandScales;
import qroar.protocol.rope.RopeScaling;

/**
 * Everything a worker needs to know to evaluate one trial.
 *
 * @param checkpointDigest SHA-256 (hex) of the checkpoint, as {@code Checkpoint.digest()} computes it
 * @param calibration what the quantizer was calibrated on; {@link Calibration#NONE} where it is not
 * @param scales scales of the trial; identity for a baseline
 * @param probe what is measured besides losses
 */
public record TrialSpec(
        String checkpointDigest,
        QuantizationSpec quantization,
        Calibration calibration,
        RopeScaling rope,
        BandScales scales,
        EvaluationPlan plan,
        Probe probe) {

    /** What a trial measures besides window losses. */
    public enum Probe {
        LOSSES,
        /** Also |q| and |k| histograms per layer and RoPE pair, before and after rotation. */
        LOSSES_AND_ACTIVATIONS
    }

    /** Two specs with equal keys have equal results. */
    public TrialKey key() {
        return TrialKey.of(this);
    }
}
