package qroar.reports;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;
import qroar.experiments.trial.Standing;
import qroar.reports.live.LiveEnd;
import qroar.reports.live.LiveRun;
import qroar.reports.live.LiveStudy;
import qroar.reports.live.LiveTrial;
import qroar.reports.live.LiveWorker;
import qroar.reports.model.RunState;
import qroar.reports.model.StudyState;

/** Runs under way, made up. */
public final class SampleLive {
    private SampleLive() {}

    /** One study done, one searched, one to come; two workers. */
    public static LiveRun running() {
        List<LiveStudy> studies = List.of(
                study(
                        "01-yarn4-rtn-w2g32-b4-shared",
                        StudyState.FINISHED,
                        "done",
                        0.0583,
                        new Interval(0.0421, 0.0302, 0.0540)),
                study("02-yarn4-rtn-w3g64-b4-shared", StudyState.RUNNING, "pass 1 band 2 of 0..3", 0.0127, null),
                study("03-<yarn8> & \"rtn\"", StudyState.PLANNED, "diagnostics", null, null));
        List<LiveTrial> trials = List.of(
                new LiveTrial(
                        41,
                        studies.get(1).id(),
                        "pass-1/band-2/scale-1.1600",
                        List.of("box-pid7-cpu-0"),
                        44,
                        120,
                        2.4141,
                        new Interval(0.0041, -0.0022, 0.0104)),
                new LiveTrial(
                        42,
                        studies.get(1).id(),
                        "pass-1/band-2/scale-0.8600",
                        List.of("box-pid7-cpu-1"),
                        12,
                        120,
                        2.4419,
                        null));
        return new LiveRun(
                new LiveRun.Head(
                        "demo-0123456789ab",
                        "demo",
                        "demo/model",
                        RunState.RUNNING,
                        Instant.parse("2026-11-22T18:02:03Z"),
                        Instant.parse("2026-11-22T18:00:00Z")),
                new LiveRun.Work(1_204, 2_950, 31, 812.4, 187.0),
                studies,
                trials,
                List.of(worker(0, trials.get(0)), worker(1, trials.get(1))),
                new LiveRun.Queue(
                        2,
                        List.of(
                                studies.get(1).id() + " pass-1/band-2/scale-1.3400",
                                studies.get(1).id() + " pass-1/band-2/scale-0.7400")),
                List.of(
                        new LiveEnd(
                                38,
                                studies.get(1).id(),
                                "pass-1/band-3/scale-0.7400",
                                Standing.STOPPED,
                                "gains -0.0021 at most (estimate -0.0180) after 22 of 120 windows"),
                        new LiveEnd(
                                33,
                                studies.get(0).id(),
                                "pass-1/band-1/scale-3.0000",
                                Standing.DIVERGED,
                                "its loss is not finite after 1 of 120 windows"),
                        new LiveEnd(
                                30,
                                studies.get(0).id(),
                                "pass-1/band-1/scale-0.5000",
                                Standing.FAILED,
                                "out of memory on gpu:0, after 3 attempts")));
    }

    /** A sweep of many studies with long names. */
    public static LiveRun sweep(int studies) {
        LiveRun run = running();
        List<LiveStudy> all = new ArrayList<>();
        for (int s = 0; s < studies; s++) {
            all.add(study(
                    String.format(java.util.Locale.ROOT, "%03d-yarn16-awq-w4g128-kv8-bands8-shared-heads", s),
                    s == 0 ? StudyState.RUNNING : StudyState.PLANNED,
                    s == 0 ? "pass 2 band 7 of 0..7" : "diagnostics",
                    s == 0 ? 0.12345 : null,
                    null));
        }
        return new LiveRun(run.head(), run.work(), all, List.of(), run.workers(), run.queue(), run.ends());
    }

    private static LiveStudy study(
            String id, StudyState state, String stage, @Nullable Double gain, @Nullable Interval heldOut) {
        boolean running = state == StudyState.RUNNING;
        return new LiveStudy(
                id,
                state,
                stage,
                state.isOver() ? 980 : running ? 224 : 0,
                980,
                gain,
                heldOut,
                state.isOver() ? null : 95.0,
                running ? List.of("box-pid7-cpu-0", "box-pid7-cpu-1") : List.of());
    }

    private static LiveWorker worker(int number, LiveTrial trial) {
        return new LiveWorker(
                "box-pid7-cpu-" + number,
                "cpu",
                1,
                3_900_000_000L,
                "PyTorch 2.7.1, AVX512, AMD EPYC",
                406.2,
                List.of(trial.study() + " " + trial.label()));
    }
}
