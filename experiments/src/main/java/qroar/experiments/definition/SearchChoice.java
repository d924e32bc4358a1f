package qroar.experiments.definition;

import java.util.List;
import qroar.experiments.diagnosis.SearchWindowSettings;
import qroar.experiments.search.SearchSettings;
import qroar.experiments.search.SearchStrategy;
import qroar.experiments.trial.Control;

/**
 * The group {@code search}: what all studies' searches have in common. The grid size is swept.
 *
 * @param begin whether the bands' search begins at a common scale
 * @param controls what found scales are compared with; the key {@code controls}
 */
public record SearchChoice(
        SearchStrategy.Strategy strategy,
        double minGain,
        int maxPasses,
        int screenDocuments,
        SearchWindowSettings window,
        SearchSettings.Start start,
        Begin begin,
        List<Control> controls) {
    /** Where a search begins. */
    public enum Begin {
        ONES("ones"),
        COMMON("common");

        private final String word;

        Begin(String word) {
            this.word = word;
        }

        public String word() {
            return word;
        }
    }

    public SearchChoice {
        controls = List.copyOf(controls);
    }

    public SearchSettings withGrid(int gridSize) {
        return new SearchSettings(strategy, gridSize, minGain, maxPasses, screenDocuments, window, start, common());
    }

    private SearchSettings.Common common() {
        if (begin == Begin.COMMON) {
            return SearchSettings.Common.START;
        }
        return controls.stream().anyMatch(Control::needsCommonScale)
                ? SearchSettings.Common.CONTROL
                : SearchSettings.Common.UNSOUGHT;
    }
}
