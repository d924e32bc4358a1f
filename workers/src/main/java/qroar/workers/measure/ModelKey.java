package qroar.workers.measure;

import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.trial.Calibration;
import qroar.protocol.trial.Precision;
import qroar.protocol.trial.TrialSpec;
import qroar.workers.placement.Placement;

/**
 * What makes two trials share the weights in memory: everything but RoPE scaling, band scales and documents.
 *
 * @param calibration {@link Calibration#NONE} where the quantizer needs none
 * @param placement where they rest
 */
public record ModelKey(
        String checkpointDigest,
        Precision precision,
        QuantizationSpec quantization,
        Calibration calibration,
        Placement placement) {
    /** With weights that rest widened. */
    public static ModelKey of(TrialSpec spec) {
        return of(spec, Placement.WIDENED);
    }

    /** With weights that rest where they are asked to. */
    public static ModelKey of(TrialSpec spec, Placement placement) {
        return new ModelKey(
                spec.checkpointDigest(),
                spec.precision(),
                spec.quantization(),
                spec.quantization().weights().isCalibrated() ? spec.calibration() : Calibration.NONE,
                placement);
    }
}
