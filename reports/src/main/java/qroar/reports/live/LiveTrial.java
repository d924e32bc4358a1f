package qroar.reports.live;

import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;

/**
 * A trial under way.
 *
 * @param number as in {@code trials.csv}; 0 of one that no study has asked for yet
 * @param study that asked for it first
 * @param label the study's name for it
 * @param workers who measure it
 * @param windows measured in their order
 * @param windowsWanted of it
 * @param lossNats mean loss per scored token of these windows; null before the first
 * @param gain forecast of a candidate's gain over the point that it is raced against, nats of ln J; null where none can be
 *     made
 */
public record LiveTrial(
        int number,
        String study,
        String label,
        List<String> workers,
        int windows,
        int windowsWanted,
        @Nullable Double lossNats,
        @Nullable Interval gain) {
    public LiveTrial {
        workers = List.copyOf(workers);
    }
}
