package qroar.reports.page;

import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;
import qroar.experiments.trial.Standing;
import qroar.reports.best.Best;
import qroar.reports.best.BestWords;
import qroar.reports.model.LengthRow;
import qroar.reports.model.RunReport;
import qroar.reports.model.RunState;
import qroar.reports.model.StudyReport;

/** How far a run is and what gained most, in sentences. */
public final class Outcome {
    private Outcome() {}

    /** The longest context of a study; null while it has none. */
    public static @Nullable LengthRow longest(StudyReport study) {
        return study.lengths().isEmpty()
                ? null
                : study.lengths().get(study.lengths().size() - 1);
    }

    /** How far a run is that is not finished; null of one that is. */
    static @Nullable String progress(RunReport report) {
        if (report.run().state() == RunState.FINISHED) {
            return null;
        }
        long studies = report.studies().stream()
                .filter(study -> study.state().isOver())
                .count();
        long trials = report.trials().stream()
                .filter(trial -> trial.state() != Standing.PLANNED && trial.state() != Standing.RUNNING)
                .count();
        boolean running = report.run().state() == RunState.RUNNING;
        return (running ? "Running" : "Stopped before it was complete") + ": " + studies + " of "
                + report.studies().size() + " studies and " + trials + " of "
                + report.trials().size()
                + " trials planned so far are done."
                + (running ? "" : " It can be taken up where it was: qroar resume RUN.");
    }

    /** The largest gain in a sentence, said otherwise where it is not beyond doubt; null where nothing was searched. */
    static @Nullable String largestGain(RunReport report) {
        return Show.typeset(largestGainInWords(report));
    }

    private static @Nullable String largestGainInWords(RunReport report) {
        StudyReport largest = Best.largestGain(report.studies());
        Interval gain = largest == null ? null : largest.objective().heldOutGain();
        if (largest == null || gain == null) {
            boolean searches =
                    report.studies().stream().anyMatch(study -> study.settings().searches());
            return searches ? "No held-out gain has been measured yet." : null;
        }
        return (gain.isPositive()
                        ? "Largest gain on held-out documents: "
                        : "No study gains on held-out documents beyond doubt; the largest estimate is that of ")
                + BestWords.gain(largest) + ".";
    }
}
