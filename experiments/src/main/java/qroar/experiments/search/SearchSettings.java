package qroar.experiments.search;

import java.util.Locale;

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
 */
public record SearchSettings(
        Strategy strategy,
        int gridSize,
        double minGain,
        int maxPasses,
        int screenDocuments,
        SearchWindowSettings window,
        Start start) {
    /** The order in which the space of scales is walked. */
    public enum Strategy {
        /** Band after band, every candidate of its grid. */
        COORDINATE,
        /** Band after band, outward from the incumbent while it gains. */
        LINE,
        /** Band after band, to the peak of a parabola, on few documents; where that ends is confirmed on all. */
        PARABOLIC,
        /** The full product of the grids; for few bands. */
        JOINT,
        /** Nothing is searched: the model is evaluated as it is, quantized and not. */
        NONE;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What is known of the bands before the first candidate. */
    public enum Start {
        /** Interpolation pressure and tail inflation. */
        DIAGNOSTICS,
        /** Also d ln J / d ln s, from one backward pass over the start of a search document. */
        GRADIENT
    }

    public boolean searches() {
        return strategy != Strategy.NONE;
    }
}
