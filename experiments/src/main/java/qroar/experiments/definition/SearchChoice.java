package qroar.experiments.definition;

import qroar.experiments.search.SearchSettings;
import qroar.experiments.search.SearchStrategy;
import qroar.experiments.search.SearchWindowSettings;

/** The group {@code search}: what all studies' searches have in common. The grid size is swept. */
public record SearchChoice(
        SearchStrategy.Strategy strategy,
        double minGain,
        int maxPasses,
        int screenDocuments,
        SearchWindowSettings window,
        SearchSettings.Start start) {
    public SearchSettings withGrid(int gridSize) {
        return new SearchSettings(strategy, gridSize, minGain, maxPasses, screenDocuments, window, start);
    }
}
