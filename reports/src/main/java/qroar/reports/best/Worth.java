package qroar.reports.best;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;
import qroar.reports.model.LengthRow;
import qroar.reports.model.StudyReport;
import qroar.reports.model.StudyState;

/** Whether a study's scales are worth using, judged on held-out documents alone. */
public enum Worth {
    /** The whole interval of the gain lies above zero, and none of it is lost at the target length. */
    WORTH_USING,
    /** The interval of the gain holds zero, or has no ends because there is one document only. */
    DOUBTFUL,
    /** The whole interval of the gain lies below zero. */
    LOSS,
    /** The objective gains, but the perplexity at the target length rises beyond doubt. */
    LOSS_AT_TARGET,
    /** The search found nothing better than no scales. */
    UNSCALED,
    /** Nothing was searched. */
    NOT_SEARCHED,
    /** The gain has not been measured yet, or could not be. */
    UNKNOWN;

    /** As results write it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** @param target the study's figures at the target length */
    static Worth of(StudyReport study, LengthRow target) {
        Interval gain = study.objective().heldOutGain();
        Interval there = target.tunedPplGain();
        if (!study.settings().searches() || study.state() == StudyState.NO_OP) {
            return NOT_SEARCHED;
        }
        if (gain == null || !Double.isFinite(gain.estimate()) || !isKnown(target.tuned())) {
            return UNKNOWN;
        }
        if (!study.bands().isEmpty()
                && study.bands().stream().allMatch(band -> band.scale() != null && band.scale() == 1)) {
            return UNSCALED;
        }
        if (gain.isPositive()) {
            return there != null && there.isNegative() ? LOSS_AT_TARGET : WORTH_USING;
        }
        return gain.isNegative() ? LOSS : DOUBTFUL;
    }

    private static boolean isKnown(@Nullable Double perplexity) {
        return perplexity != null && Double.isFinite(perplexity);
    }
}
