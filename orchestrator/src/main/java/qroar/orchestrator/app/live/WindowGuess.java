package qroar.orchestrator.app.live;

import qroar.experiments.study.ScoredTask;
import qroar.experiments.study.Study;
import qroar.experiments.trial.Control;
import qroar.experiments.trial.Setting;
import qroar.orchestrator.coordinator.state.RequestState;
import qroar.orchestrator.coordinator.state.RunState;

/**
 * How far each study is in windows, and a guess at the rest: a first pass over every band, controls and tasks, and each
 * trial as long as those before it were; before any was measured, as long as the search documents.
 */
final class WindowGuess {
    private static final int TRIALS_BESIDE_CANDIDATES = 7;

    private final long[] done;
    private final long[] expected;

    private WindowGuess(long[] done, long[] expected) {
        this.done = done;
        this.expected = expected;
    }

    static WindowGuess of(RunState state) {
        int studies = state.progress().size();
        long[] done = new long[studies];
        long[] settledOf = new long[studies];
        long[] settledWindowsOf = new long[studies];
        long settled = 0;
        long settledWindows = 0;
        for (RequestState request : state.requests()) {
            if (!request.isOpen()) {
                settled++;
                settledOf[request.study()]++;
                settledWindows += request.windowsUsed();
                settledWindowsOf[request.study()] += request.windowsUsed();
            }
        }
        System.arraycopy(settledWindowsOf, 0, done, 0, studies);
        for (int trial : state.leased()) {
            // Of a trial that several studies wait for, the first has it.
            state.openRequests(trial).stream()
                    .findFirst()
                    .ifPresent(request -> done[state.request(request).study()] +=
                            state.trial(trial).windows());
        }
        long[] expected = new long[studies];
        for (int s = 0; s < studies; s++) {
            expected[s] = done[s];
            if (!state.progress().get(s).isDone()) {
                Study study = state.plan().studies().get(s);
                double mean = settled == 0 ? study.searchPlan().windows().size() : (double) settledWindows / settled;
                long open = Math.max(1, trials(study) - settledOf[s]);
                expected[s] = Math.max(done[s] + 1, Math.round(open * mean) + settledWindowsOf[s]);
            }
        }
        return new WindowGuess(done, expected);
    }

    private static int trials(Study study) {
        int controls = study.controls().stream().mapToInt(Control::draws).sum();
        int tasks = study.tasks().stream()
                .mapToInt(task -> Setting.values().length + (task.kind() == ScoredTask.Kind.NEEDLES ? controls : 0))
                .sum();
        return study.partition().cellCount() * study.search().gridSize() + TRIALS_BESIDE_CANDIDATES + controls + tasks;
    }

    /** Of a study: windows that settled requests rest on, and those of its trials under way. */
    long done(int study) {
        return done[study];
    }

    /** Of a study: at least {@link #done}. */
    long expected(int study) {
        return expected[study];
    }

    long left(int study) {
        return expected[study] - done[study];
    }
}
