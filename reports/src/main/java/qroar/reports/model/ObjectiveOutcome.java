package qroar.reports.model;

import org.jspecify.annotations.Nullable;

/**
 * The objective J before (all scales 1) and after (best scales), quantized.
 *
 * @param searchBefore on the search documents
 * @param searchAfter on the search documents; the best so far while the search runs
 * @param heldOutBefore on the held-out documents
 * @param heldOutAfter on the held-out documents
 * @param searchGain fall of ln J on the search documents; optimistic, for the winner was chosen on them
 * @param heldOutGain fall of ln J on the held-out documents: the headline figure
 * @param heldOutControlGain the same of the unquantized model with the same scales
 */
public record ObjectiveOutcome(
        @Nullable Double searchBefore,
        @Nullable Double searchAfter,
        @Nullable Double heldOutBefore,
        @Nullable Double heldOutAfter,
        @Nullable PairedGain searchGain,
        @Nullable PairedGain heldOutGain,
        @Nullable PairedGain heldOutControlGain) {
    /** Before anything is measured. */
    public static final ObjectiveOutcome UNKNOWN = new ObjectiveOutcome(null, null, null, null, null, null, null);
}
