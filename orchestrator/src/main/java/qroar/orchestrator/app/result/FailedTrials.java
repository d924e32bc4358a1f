package qroar.orchestrator.app.result;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import qroar.reports.model.Failure;

/**
 * The trials that a finished run gave up, in words. Whoever starts a sweep from a script asks its exit code alone, so a run with
 * such trials does not end as one that measured all it wanted; a trial that diverged is a measurement, and not among them.
 *
 * <p>They are not tried again by {@code resume}: what the search decided rests on their failure, and a finished run stays what it
 * is. A new run of the same experiment takes all that was measured from the cache, and so tries these alone.
 */
public final class FailedTrials {
    /** A sweep may have hundreds of studies, and a line is to be read. */
    private static final int NAMED = 4;

    private FailedTrials() {}

    /** How many trials of which studies, the studies in the order of the run; null where there is none. */
    public static @Nullable String count(List<Failure> failures) {
        if (failures.isEmpty()) {
            return null;
        }
        Map<String, Integer> byStudy = new LinkedHashMap<>();
        failures.forEach(
                failure -> byStudy.merge(failure.study() == null ? "the run" : failure.study(), 1, Integer::sum));
        String named = byStudy.entrySet().stream()
                .limit(NAMED)
                .map(each -> each.getValue() + " of " + each.getKey())
                .collect(Collectors.joining(", "));
        int unnamed = byStudy.size() - NAMED;
        return failures.size() + (failures.size() == 1 ? " trial" : " trials") + " failed: " + named
                + (unnamed > 0 ? " and of " + unnamed + (unnamed == 1 ? " more study" : " more studies") : "");
    }
}
