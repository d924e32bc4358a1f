package qroar.experiments.search;

import java.util.function.IntFunction;
import qroar.protocol.BadInput;

/**
 * How a strategy is asked for, what a reader is told of it, and how it starts.
 *
 * @param type the strategy
 * @param word in experiment files
 * @param help what it does, without a full stop
 * @param positions between neighbours of the grid in the last pass, a power of two: 1 unless it interpolates
 * @param bounds what it asks of a study before it is begun
 * @param starter begins it
 */
record StrategyForm(
        Class<? extends SearchStrategy> type, String word, String help, int positions, Bounds bounds, Starter starter) {
    /** A point as the first documents alone tell of it. */
    @FunctionalInterface
    interface Cut {
        Incumbent first(Incumbent point, int documents);
    }

    /** Nothing is asked. */
    static final Bounds ANY = (gridSize, bands) -> {};

    /** What a strategy can be asked to do. */
    @FunctionalInterface
    interface Bounds {
        /** @throws BadInput when a search would be too large */
        void require(int gridSize, int bands);
    }

    /** The strategy before its first round. */
    @FunctionalInterface
    interface Starter {
        SearchStrategy begin(Beginning beginning);
    }

    /**
     * What is known when a search begins.
     *
     * @param baseline the unscaled model on all documents
     * @param onFirst the same on the first so many documents
     * @param documents that there are
     * @param screenDocuments documents that a strategy which screens reads first
     */
    record Beginning(
            SearchSpace space,
            Incumbent baseline,
            IntFunction<Incumbent> onFirst,
            int documents,
            int screenDocuments) {}
}
