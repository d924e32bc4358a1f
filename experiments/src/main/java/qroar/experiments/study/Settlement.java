package qroar.experiments.study;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.experiments.stopping.Race;
import qroar.experiments.stopping.StoppingRule;
import qroar.experiments.stopping.Verdict;

/**
 * Brings a result as it arrived into the one form that a study decides on: the losses that this study's own rule asked
 * for and no more. A trial that ran on, because it was shared with another study or taken from a cache, is cut where this
 * study would have stopped it; so decisions are a function of losses, and not of who else wanted them.
 */
final class Settlement {
    private Settlement() {}

    private static @Nullable TrialResult of(int windowLimit, TrialResult raw) {
        double[] losses = raw.losses();
        if (losses == null) {
            return raw;
        }
        int finite = finitePrefix(losses);
        if (finite < Math.min(losses.length, windowLimit)) {
            return new TrialResult.Diverged(finite);
        }
        if (losses.length < windowLimit) {
            return null;
        }
        double[] wanted = Arrays.copyOf(losses, windowLimit);
        return raw instanceof TrialResult.Measured measured
                ? new TrialResult.Measured(wanted, measured.activations(), measured.gradients(), measured.comparisons())
                : new TrialResult.Measured(wanted, List.of());
    }

    /** Of a trial that does not race: a figure of an item may be no number, and is so little of the whole that it stays. */
    static @Nullable TrialResult of(TrialRequest request, TrialResult raw) {
        double[] figures = raw.losses();
        if (figures == null || !request.spec().plan().scoresItems()) {
            return of(request.windowLimit(), raw);
        }
        return figures.length < request.windowLimit() ? null : raw;
    }

    /**
     * Of a candidate.
     *
     * @return null when the losses do not reach the limit and do not justify a stop either: more are wanted
     */
    static @Nullable TrialResult ofRace(StoppingRule rule, Race race, int windowLimit, TrialResult raw) {
        double[] losses = raw.losses();
        if (losses == null) {
            return raw;
        }
        TrialResult stopped = firstStop(rule, race, Arrays.copyOf(losses, Math.min(windowLimit, finitePrefix(losses))));
        return stopped != null ? stopped : of(windowLimit, raw);
    }

    /** The first prefix at which the rule stops, or null. */
    static TrialResult.@Nullable Stopped firstStop(StoppingRule rule, Race race, double[] losses) {
        for (int seen : rule.looks(race)) {
            if (seen > losses.length) {
                break;
            }
            Verdict verdict = rule.judge(race, Arrays.copyOf(losses, seen));
            if (verdict.stop()) {
                return new TrialResult.Stopped(Arrays.copyOf(losses, seen), verdict);
            }
        }
        return null;
    }

    private static int finitePrefix(double[] losses) {
        int finite = 0;
        while (finite < losses.length && Double.isFinite(losses[finite])) {
            finite++;
        }
        return finite;
    }
}
