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
        LOSSES_AND_ACTIVATIONS,
        /**
         * Also the {@link ScaleGradient} of each document, which is read in one piece: plans of at most
         * {@value #MAX_GRADIENT_POSITIONS} positions.
         */
        LOSSES_AND_GRADIENT
    }

    /** Every block's input, and one block's attention weights, are in memory at once while a gradient is taken. */
    public static final int MAX_GRADIENT_POSITIONS = 1024;

    public TrialSpec {
        if (probe == Probe.LOSSES_AND_GRADIENT && plan.maxLength() > MAX_GRADIENT_POSITIONS) {
            throw new IllegalArgumentException("a gradient over " + plan.maxLength() + " positions; at most "
                    + MAX_GRADIENT_POSITIONS + " are possible");
        }
    }

    /** Two specs with equal keys have equal results. */
    public TrialKey key() {
        return TrialKey.of(this);
    }
}
