package qroar.orchestrator.app.live;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import qroar.experiments.attribution.Interval;
import qroar.experiments.trial.Standing;
import qroar.reports.live.LiveEnd;
import qroar.reports.live.LiveRun;
import qroar.reports.live.LiveStudy;
import qroar.reports.model.RunReport;
import qroar.reports.model.StudyReport;
import qroar.reports.model.TrialRow;

/** A run as its {@code result.json} tells it, for runs that have no {@code progress.json}. */
public final class PastRun {
    private PastRun() {}

    /** @param run name of its folder */
    public static LiveRun of(String run, RunReport report) {
        List<LiveStudy> studies = new ArrayList<>();
        long done = 0;
        long expected = 0;
        for (StudyReport study : report.studies()) {
            LiveStudy each = study(study, report);
            done += each.windowsDone();
            expected += each.windowsExpected();
            studies.add(each);
        }
        int settled = (int)
                report.trials().stream().filter(row -> row.state().isFinal()).count();
        return new LiveRun(
                new LiveRun.Head(
                        run,
                        report.run().name(),
                        report.run().model().name(),
                        report.run().state(),
                        Instant.EPOCH,
                        report.run().started()),
                new LiveRun.Work(done, expected, settled, 0, null),
                studies,
                List.of(),
                List.of(),
                new LiveRun.Queue(0, List.of()),
                ends(report));
    }

    private static LiveStudy study(StudyReport study, RunReport report) {
        long measured = 0;
        long planned = 0;
        for (TrialRow row : report.trials()) {
            if (row.study().equals(study.id())) {
                measured += row.windowsMeasured();
                planned += row.state().isFinal() ? row.windowsMeasured() : row.windowsPlanned();
            }
        }
        Interval gain = study.objective().searchGain();
        return new LiveStudy(
                study.id(),
                study.state(),
                study.state().word(),
                measured,
                planned,
                gain == null ? null : gain.estimate(),
                study.objective().heldOutGain(),
                null,
                List.of());
    }

    private static List<LiveEnd> ends(RunReport report) {
        List<LiveEnd> ends = new ArrayList<>();
        for (int i = report.trials().size() - 1; i >= 0 && ends.size() < LatestEnds.MOST; i--) {
            TrialRow row = report.trials().get(i);
            if (row.state() == Standing.STOPPED || row.state() == Standing.DIVERGED || row.state() == Standing.FAILED) {
                ends.add(new LiveEnd(
                        row.number(),
                        row.study(),
                        row.label(),
                        row.state(),
                        row.cause() == null ? row.state().word() : row.cause()));
            }
        }
        return ends;
    }
}
