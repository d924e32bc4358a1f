package qroar.experiments.study;

import qroar.experiments.search.Objective;
import qroar.experiments.search.SearchSettings;
import qroar.experiments.stopping.StoppingSettings;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.rope.BandPartition;
import qroar.protocol.rope.BandScales;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.ScaleMode;
import qroar.protocol.trial.Calibration;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.TrialSpec;

/**
 * One point of a sweep, searched for its best scales.
 *
 * @param id unique within the run, usable as a file name: {@code 01-yarn4-rtn-w2g32-b4-shared}
 * @param checkpointDigest the model
 * @param geometry its rotary embedding before scaling
 * @param quantization what is quantized
 * @param calibration what the quantizer is calibrated on
 * @param rope the interpolation
 * @param partition the bands
 * @param mode how a band's scale acts on q and k
 * @param objective what is made small
 * @param search how candidates are chosen
 * @param stopping when a candidate is given up
 * @param searchPlan documents and lengths of the search
 * @param heldOutPlan documents and lengths of headline figures; no document of it is searched on
 * @param shortPlan the search documents cut at the trained window, or shorter where they are: the reference
 *     distribution of TIR, without PI
 * @param trainedWindow tokens the model was trained on, whatever the documents reach
 */
public record Study(
        String id,
        String checkpointDigest,
        RopeGeometry geometry,
        QuantizationSpec quantization,
        Calibration calibration,
        RopeScaling rope,
        BandPartition partition,
        ScaleMode mode,
        Objective objective,
        SearchSettings search,
        StoppingSettings stopping,
        EvaluationPlan searchPlan,
        EvaluationPlan heldOutPlan,
        EvaluationPlan shortPlan,
        int trainedWindow) {
    /** The same study under another stopping rule. */
    public Study withStopping(StoppingSettings other) {
        return new Study(
                id,
                checkpointDigest,
                geometry,
                quantization,
                calibration,
                rope,
                partition,
                mode,
                objective,
                search,
                other,
                searchPlan,
                heldOutPlan,
                shortPlan,
                trainedWindow);
    }

    /** The trial that candidates are compared with: the quantized model, unscaled, on the search documents. */
    public TrialSpec baseline() {
        return new TrialSpec(
                checkpointDigest,
                quantization,
                quantization.weights().isCalibrated() ? calibration : Calibration.NONE,
                rope,
                BandScales.identity(partition, mode),
                searchPlan,
                TrialSpec.Probe.LOSSES);
    }
}
