package qroar.orchestrator.app.run;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import qroar.experiments.study.StudyProgress;

/**
 * The largest gain of a run's studies on their search documents. Asked for several times a second, it looks only at studies
 * that have come on since: a progress is immutable, so one that is known is known for good. Not thread-safe.
 */
final class BestGain {
    private final ToDoubleFunction<StudyProgress> gainOf;
    private final List<@Nullable StudyProgress> seen = new ArrayList<>();
    private final List<Double> gains = new ArrayList<>();

    BestGain() {
        this(StudyProgress::searchGain);
    }

    /** @param gainOf nats of ln J, NaN while unknown */
    BestGain(ToDoubleFunction<StudyProgress> gainOf) {
        this.gainOf = gainOf;
    }

    /** In nats of ln J; NaN before any is known. */
    double of(List<StudyProgress> studies) {
        double best = Double.NaN;
        for (int s = 0; s < studies.size(); s++) {
            if (s == seen.size()) {
                seen.add(null);
                gains.add(Double.NaN);
            }
            StudyProgress now = studies.get(s);
            if (seen.get(s) != now) {
                seen.set(s, now);
                gains.set(s, gainOf.applyAsDouble(now));
            }
            double gain = gains.get(s);
            best = Double.isNaN(best) || gain > best ? gain : best;
        }
        return best;
    }
}
