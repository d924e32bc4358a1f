package qroar.experiments.definition;

import java.util.List;

/**
 * The documents of an experiment, in reading order.
 *
 * @param search what candidates are compared on
 * @param heldOut what headline figures are measured on; none of them is searched or calibrated on
 * @param calibration what quantizers calibrate on; the search documents unless the experiment says otherwise
 */
public record DocumentSources(
        List<DocumentSource> search, List<DocumentSource> heldOut, List<DocumentSource> calibration) {
    public DocumentSources {
        search = List.copyOf(search);
        heldOut = List.copyOf(heldOut);
        calibration = List.copyOf(calibration);
    }
}
