package qroar.experiments.study;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import qroar.experiments.search.Incumbent;
import qroar.experiments.search.Round;

/**
 * A round with all its candidates answered.
 *
 * @param results by label, in dispatch order
 * @param incumbent the point chosen after it
 */
public record CompletedRound(Round round, Map<String, TrialResult> results, Incumbent incumbent) {
    public CompletedRound {
        results = Collections.unmodifiableMap(new LinkedHashMap<>(results));
    }
}
