package qroar.experiments.attribution;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What tuned scales are compared with, as far as it is measured.
 *
 * @param controls in the order in which they were asked for
 * @param shares of the gain: one scale for all bands, and bands beyond it; null where that is not asked for, or not measured
 * @param reference what every held-out model says beside the unquantized one; empty where nobody asks
 */
public record Comparison(
        List<ControlGain> controls, @Nullable Shares shares, ReferenceEvidence reference) {
    public static final Comparison NONE = new Comparison(List.of(), null, ReferenceEvidence.NONE);

    public Comparison {
        controls = List.copyOf(controls);
    }
}
