package qroar.orchestrator.app.live;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import qroar.experiments.study.StudyProgress;

/**
 * The gain of each of a run's studies on its search documents. Asked for again and again, it looks only at studies that have
 * come on since: a progress is immutable, so one that is known is known for good. Not thread-safe.
 */
final class SearchGains {
    private final ToDoubleFunction<StudyProgress> gainOf;
    private final List<@Nullable StudyProgress> seen = new ArrayList<>();
    private final List<Double> gains = new ArrayList<>();

    SearchGains() {
        this(StudyProgress::searchGain);
    }

    /** @param gainOf nats of ln J, NaN while unknown */
    SearchGains(ToDoubleFunction<StudyProgress> gainOf) {
        this.gainOf = gainOf;
    }

    /** In nats of ln J; NaN before any is known. */
    double of(int study, StudyProgress now) {
        while (seen.size() <= study) {
            seen.add(null);
            gains.add(Double.NaN);
        }
        if (seen.get(study) != now) {
            seen.set(study, now);
            gains.set(study, gainOf.applyAsDouble(now));
        }
        return gains.get(study);
    }
}
