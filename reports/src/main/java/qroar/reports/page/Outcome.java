package qroar.reports.page;

import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;
import qroar.experiments.trial.Standing;
import qroar.reports.model.LengthRow;
import qroar.reports.model.RunReport;
import qroar.reports.model.RunState;
import qroar.reports.model.StudyReport;
import qroar.reports.model.StudyState;
import qroar.reports.plot.Numbers;

/** What came out, in a sentence: the study with the largest held-out gain, its interval, its control. */
public final class Outcome {
    private Outcome() {}

    /** The study with the largest held-out gain; null while none has one. The first of equals wins. */
    public static @Nullable StudyReport best(List<StudyReport> studies) {
        return studies.stream()
                .filter(study -> Double.isFinite(heldOutGain(study)))
                .max(Comparator.comparingDouble(Outcome::heldOutGain)
                        .thenComparing(Comparator.comparingInt(studies::indexOf).reversed()))
                .orElse(null);
    }

    private static double heldOutGain(StudyReport study) {
        Interval gain = study.objective().heldOutGain();
        return gain == null ? Double.NaN : gain.estimate();
    }

    /** The longest context of a study; null while it has none. */
    public static @Nullable LengthRow longest(StudyReport study) {
        return study.lengths().isEmpty()
                ? null
                : study.lengths().get(study.lengths().size() - 1);
    }

    static String headline(RunReport report) {
        return progress(report) + finding(report);
    }

    private static String progress(RunReport report) {
        if (report.run().state() == RunState.FINISHED) {
            return "";
        }
        long studies = report.studies().stream()
                .filter(study -> study.state() != StudyState.PLANNED && study.state() != StudyState.RUNNING)
                .count();
        long trials = report.trials().stream()
                .filter(trial -> trial.state() != Standing.PLANNED && trial.state() != Standing.RUNNING)
                .count();
        String word = report.run().state() == RunState.RUNNING ? "Running" : "Stopped before it was complete";
        return word + ": " + studies + " of " + report.studies().size() + " studies and " + trials + " of "
                + report.trials().size() + " trials planned so far are done. ";
    }

    private static String finding(RunReport report) {
        StudyReport best = best(report.studies());
        Interval gain = best == null ? null : best.objective().heldOutGain();
        if (best == null || gain == null) {
            if (!report.studies().isEmpty()
                    && report.studies().stream()
                            .noneMatch(study -> study.settings().searches())) {
                return "Nothing is searched here: held-out perplexities of "
                        + report.studies().size()
                        + (report.studies().size() == 1 ? " model as it is." : " models as they are.");
            }
            return "No held-out gain has been measured yet.";
        }
        StringBuilder text = new StringBuilder();
        if (!gain.isPositive()) {
            text.append("No study gains on held-out documents beyond doubt; in the largest estimate ");
        } else if (report.studies().size() == 1) {
            text.append("With its scales ");
        } else {
            text.append("In the best of ").append(report.studies().size()).append(" studies ");
        }
        text.append("J of the quantized model ").append(Show.change(gain)).append(" on held-out documents: a gain of ");
        text.append(Numbers.nats(gain.estimate()))
                .append(" nats of ln J (")
                .append(Numbers.percent(Interval.CONFIDENCE).replace(".0", ""))
                .append(" interval ")
                .append(Numbers.nats(gain.lower()))
                .append(" to ")
                .append(Numbers.nats(gain.upper()));
        text.append("), by ").append(best.id()).append('.');
        LengthRow row = longest(best);
        if (row != null && row.baseline() != null && row.tuned() != null) {
            text.append(" Its perplexity at ").append(row.lengthTokens()).append(" tokens goes from ");
            text.append(Numbers.perplexity(row.baseline())).append(" to ").append(Numbers.perplexity(row.tuned()));
            text.append('.');
        }
        Interval control = best.objective().heldOutControlGain();
        if (control == null) {
            text.append(" The control, the same scales without quantization, has not been measured yet.");
        } else {
            text.append(" Without quantization the same scales gain ")
                    .append(Numbers.nats(control.estimate()))
                    .append(": J ")
                    .append(Show.change(control))
                    .append('.');
        }
        if (best.shares() != null && best.shares().isMostlyCommon()) {
            text.append(' ').append(best.shares().sentence());
        }
        return text.toString();
    }
}
