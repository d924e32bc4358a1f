package qroar.experiments.search;

import java.util.Locale;

/**
 * How candidates are chosen.
 *
 * @param strategy which strategy
 * @param gridSize candidates per band G, 1 among them; odd keeps the grid symmetric around 1
 * @param minGain smallest relative fall of the objective, ln J(incumbent) - ln J(candidate), that promotes a candidate
 * @param maxPasses passes over all bands at most
 * @param window how wide each band is searched
 */
public record SearchSettings(
        Strategy strategy, int gridSize, double minGain, int maxPasses, SearchWindowSettings window) {
    /** The order in which the space of scales is walked. */
    public enum Strategy {
        /** Band after band, every candidate of its grid. */
        COORDINATE,
        /** Band after band, outward from the incumbent while it gains. */
        LINE,
        /** The full product of the grids; for few bands. */
        JOINT;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
