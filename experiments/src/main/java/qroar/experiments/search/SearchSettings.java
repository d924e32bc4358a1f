package qroar.experiments.search;

import qroar.experiments.diagnosis.SearchWindowSettings;
import qroar.experiments.search.SearchStrategy.Strategy;

/**
 * How candidates are chosen.
 *
 * @param strategy which strategy
 * @param gridSize candidates per band G, 1 among them; odd keeps the grid symmetric around 1
 * @param minGain smallest relative fall of the objective, ln J(incumbent) - ln J(candidate), that promotes a candidate
 * @param maxPasses passes over all bands at most
 * @param screenDocuments documents that pass 1 of {@link ParabolicSearch} reads, at least 1; the other strategies read all
 * @param window how wide each band is searched
 * @param start what orders the bands, and where a line search begins
 * @param common whether one scale for all bands is sought first
 */
public record SearchSettings(
        Strategy strategy,
        int gridSize,
        double minGain,
        int maxPasses,
        int screenDocuments,
        SearchWindowSettings window,
        Start start,
        Common common) {
    /** Without a common scale. */
    public SearchSettings(
            Strategy strategy,
            int gridSize,
            double minGain,
            int maxPasses,
            int screenDocuments,
            SearchWindowSettings window,
            Start start) {
        this(strategy, gridSize, minGain, maxPasses, screenDocuments, window, start, Common.UNSOUGHT);
    }

    /** What one scale for all bands is sought for; see {@link CommonStart}. */
    public enum Common {
        UNSOUGHT,
        /** To compare with what the bands found from the unscaled model. */
        CONTROL,
        /** The bands are searched from there. */
        START
    }

    /** What is known of the bands before the first candidate. */
    public enum Start {
        /** Interpolation pressure and tail inflation. */
        DIAGNOSTICS,
        /** Also d ln J / d ln s, from one backward pass over the start of a search document. */
        GRADIENT
    }

    /** The same with a common scale sought, or not. */
    public SearchSettings withCommon(Common other) {
        return new SearchSettings(strategy, gridSize, minGain, maxPasses, screenDocuments, window, start, other);
    }

    public boolean searches() {
        return strategy != Strategy.NONE;
    }
}
