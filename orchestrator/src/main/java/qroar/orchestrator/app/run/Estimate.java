package qroar.orchestrator.app.run;

import java.time.Duration;
import java.util.Locale;
import qroar.experiments.study.Study;
import qroar.experiments.study.StudyProgress;
import qroar.orchestrator.coordinator.CoordinatorCommand.RunView;
import qroar.orchestrator.coordinator.state.RequestState;
import qroar.orchestrator.coordinator.state.RunState;

/**
 * How far a run is, and a guess at the rest: a first pass over every band, and each trial as long as those before it
 * were.
 *
 * @param windowsDone windows that settled requests rest on
 * @param windowsExpected the guess for the whole run, at least {@code windowsDone}
 * @param studiesDone studies that are over
 * @param tokensPerSecond scored tokens over the time this process has run
 * @param best largest gain on search documents so far, as text
 * @param left guess of the time left, as text
 */
record Estimate(
        long windowsDone, long windowsExpected, long studiesDone, double tokensPerSecond, String best, String left) {
    private static final int TRIALS_BESIDE_CANDIDATES = 7;

    /** @param best follows the same run from call to call */
    static Estimate of(RunView view, BestGain best, long elapsedNanos) {
        RunState state = view.state();
        long settled = 0;
        long settledWindows = 0;
        long[] settledOf = new long[state.progress().size()];
        for (RequestState request : state.requests()) {
            if (!request.isOpen()) {
                settled++;
                settledOf[request.study()]++;
                settledWindows += request.windowsUsed();
            }
        }
        long running = 0;
        for (int trial : state.leased()) {
            running += state.trial(trial).windows();
        }
        double mean = settled == 0 ? 0 : (double) settledWindows / settled;
        double open = 0;
        for (int s = 0; s < state.progress().size(); s++) {
            if (!state.progress().get(s).isDone()) {
                open += Math.max(1, trials(state.plan().studies().get(s)) - settledOf[s]) * mean;
            }
        }
        long done = settledWindows + running;
        long expected = Math.max(done, Math.round(settledWindows + open));
        double seconds = elapsedNanos / 1e9;
        double windowsPerSecond = seconds > 0 ? view.measuredWindows() / seconds : 0;
        return new Estimate(
                done,
                expected,
                state.progress().stream().filter(StudyProgress::isDone).count(),
                seconds > 0 ? view.measuredTokens() / seconds : 0,
                best(best.of(state.progress())),
                windowsPerSecond > 0 ? text((expected - done) / windowsPerSecond) : "?");
    }

    private static int trials(Study study) {
        return study.partition().bandCount() * study.search().gridSize() + TRIALS_BESIDE_CANDIDATES;
    }

    private static String best(double gain) {
        return Double.isNaN(gain) ? "-" : String.format(Locale.ROOT, "%+.4f nats of ln J", gain);
    }

    private static String text(double seconds) {
        Duration left = Duration.ofSeconds(Math.round(seconds));
        return left.toHours() > 0
                ? String.format(Locale.ROOT, "%d h %02d min", left.toHours(), left.toMinutesPart())
                : String.format(Locale.ROOT, "%d min %02d s", left.toMinutes(), left.toSecondsPart());
    }
}
