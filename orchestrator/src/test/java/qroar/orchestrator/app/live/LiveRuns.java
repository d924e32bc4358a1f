package qroar.orchestrator.app.live;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.reports.live.LiveRun;
import qroar.reports.live.LiveStudy;
import qroar.reports.live.LiveTrial;
import qroar.reports.model.RunState;
import qroar.reports.model.StudyState;

/** Runs under way, made up. */
final class LiveRuns {
    private LiveRuns() {}

    /** A study under way, and one to come. */
    static LiveRun of(String study, String stage, @Nullable Double gain, @Nullable Double left) {
        LiveStudy first = new LiveStudy(study, StudyState.RUNNING, stage, 400, 1_000, gain, null, left, List.of("w0"));
        LiveStudy second =
                new LiveStudy("018-next", StudyState.PLANNED, "diagnostics", 0, 1_000, null, null, left, List.of());
        return run(
                List.of(first, second),
                List.of(new LiveTrial(1, study, "baseline", List.of("w0"), 3, 9, 2.5, null)),
                left);
    }

    static LiveRun sweep(int studies) {
        List<LiveStudy> all = new ArrayList<>();
        for (int s = 0; s < studies; s++) {
            all.add(new LiveStudy(
                    "study-" + s + "-" + "x".repeat(200),
                    StudyState.RUNNING,
                    "diagnostics",
                    s,
                    1_000,
                    0.01,
                    null,
                    9.0,
                    List.of()));
        }
        return run(all, List.of(), 9.0);
    }

    private static LiveRun run(List<LiveStudy> studies, List<LiveTrial> trials, @Nullable Double left) {
        return new LiveRun(
                new LiveRun.Head("r-0123", "r", "m", RunState.RUNNING, Instant.EPOCH, Instant.EPOCH),
                new LiveRun.Work(400, 2_000, 3, 812.4, left),
                studies,
                trials,
                List.of(),
                new LiveRun.Queue(0, List.of()),
                List.of());
    }
}
