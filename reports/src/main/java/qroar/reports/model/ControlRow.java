package qroar.reports.model;

import java.util.List;
import qroar.experiments.attribution.ControlGain;
import qroar.experiments.attribution.Interval;
import qroar.experiments.trial.Control;

/**
 * A control, quantized, on the held-out documents. Of several draws the gains are those of the mean of ln J.
 *
 * @param control which one
 * @param scales per draw, of every band
 * @param gain over the quantized model with all scales 1
 * @param tunedBeyondGain what the tuned scales gain beyond it
 */
public record ControlRow(Control control, List<List<Double>> scales, Interval gain, Interval tunedBeyondGain) {
    public ControlRow {
        scales = List.copyOf(scales);
    }

    static ControlRow of(ControlGain gain) {
        return new ControlRow(gain.control(), gain.draws(), gain.gain(), gain.tunedBeyond());
    }
}
