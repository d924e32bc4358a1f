package qroar.workers.measure;

import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.trial.Calibration;
import qroar.protocol.trial.Precision;
import qroar.protocol.trial.TrialSpec;

/**
 * What makes two trials share the weights in memory: everything but RoPE scaling, band scales and documents.
 *
 * @param calibration {@link Calibration#NONE} where the quantizer needs none
 */
public record ModelKey(
        String checkpointDigest, Precision precision, QuantizationSpec quantization, Calibration calibration) {
    public static ModelKey of(TrialSpec spec) {
        return new ModelKey(
                spec.checkpointDigest(),
                spec.precision(),
                spec.quantization(),
                spec.quantization().weights().isCalibrated() ? spec.calibration() : Calibration.NONE);
    }
}
