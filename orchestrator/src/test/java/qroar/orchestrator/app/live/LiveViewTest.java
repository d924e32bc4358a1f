package qroar.orchestrator.app.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import qroar.experiments.trial.Standing;
import qroar.orchestrator.coordinator.CoordinatorCommand.RunView;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.state.RequestState;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.protocol.message.WorkerProfile;
import qroar.reports.live.LiveRun;
import qroar.reports.live.LiveTrial;
import qroar.reports.model.StudyState;

class LiveViewTest {
    private static final long SECOND = 1_000_000_000L;

    private static RunView view(RunState state) {
        return new RunView(state, List.of(new WorkerProfile("w0", "cpu", 1, 1L << 30, "words")), 0, 0);
    }

    private static LiveRun live(RunState state) {
        return new LiveView("run-0123", "run", "model").of(view(state), qroar.reports.model.RunState.RUNNING);
    }

    @Test
    void aRunIsTakenDownAsItIs() {
        StateOfTwo run = new StateOfTwo().planned(0);
        RequestState baseline = run.request(0, "baseline");
        run.measured(baseline.trial(), "w0", 32.0, 48.0);

        LiveRun live = live(run.state());
        assertThat(live.trials())
                .singleElement()
                .isEqualTo(new LiveTrial(
                        baseline.number() + 1,
                        "a",
                        "baseline",
                        List.of("w0"),
                        2,
                        baseline.windowLimit(),
                        80.0 / 31,
                        null));
        assertThat(live.studies())
                .extracting(study -> study.state())
                .containsExactly(StudyState.RUNNING, StudyState.PLANNED);
        assertThat(live.studies().get(0).workers()).containsExactly("w0");
        assertThat(live.studies().get(0).windowsDone()).isEqualTo(2);
        assertThat(live.work().share()).isBetween(0.001, 0.2);
        assertThat(live.work().secondsLeft()).as("nothing is known yet").isNull();
        assertThat(live.queue().waiting())
                .isEqualTo(run.state().queued().size())
                .isPositive();
        assertThat(live.queue().next()).allMatch(next -> next.startsWith("a "));
        assertThat(live.workers().get(0).trials()).containsExactly("a baseline");
        assertThat(live.current()).isEqualTo(live.studies().get(0));
        assertThat(live.ends()).isEmpty();
        assertThat(live.best()).isNull();
    }

    @Test
    void whatEndedEarlyIsToldWithItsReason() {
        StateOfTwo run = new StateOfTwo().planned(0);
        RequestState baseline = run.request(0, "baseline");
        RequestState other = run.request(0, "unquantized/long");
        run.measured(baseline.trial(), "w0", Double.NaN)
                .then(new RunEvent.RequestDiverged(baseline.number(), 0))
                .then(new RunEvent.RequestFailed(other.number(), "out of memory"));
        assertThat(live(run.state()).ends())
                .extracting(end -> end.standing())
                .containsExactlyInAnyOrder(Standing.DIVERGED, Standing.FAILED);
        assertThat(live(run.state()).ends())
                .filteredOn(end -> end.standing() == Standing.DIVERGED)
                .singleElement()
                .satisfies(end -> {
                    assertThat(end.number()).isEqualTo(baseline.number() + 1);
                    assertThat(end.reason()).startsWith("its loss is not finite after 1 of ");
                });
    }

    @Test
    void aWorkersPaceIsWhatItsLeasesCameOnSinceTheFirstLook() {
        StateOfTwo run = new StateOfTwo().planned(0);
        int trial = run.request(0, "baseline").trial();
        run.measured(trial, "w0", 1, 1);
        WorkerPace pace = new WorkerPace();
        pace.see(run.state(), 0);
        assertThat(pace.of("w0", 0)).isZero();
        // Windows of 16 tokens.
        run.measured(trial, "w0", 1, 1);
        pace.see(run.state(), 2 * SECOND);
        double tokens = run.state().trial(trial).spec().plan().windows().subList(2, 4).stream()
                .mapToLong(window -> window.tokens())
                .sum();
        assertThat(pace.of("w0", 2 * SECOND)).isEqualTo(tokens / 2);
        assertThat(pace.of("w0", 4 * SECOND)).as("idle since").isEqualTo(tokens / 4);
        assertThat(pace.of("w1", 4 * SECOND)).isZero();
        pace.see(run.state(), 100 * SECOND);
        assertThat(pace.of("w0", 100 * SECOND)).as("long ago").isZero();
    }

    @Test
    void theRateBeginsWithTheFirstWindow() {
        WindowRate rate = new WindowRate();
        rate.see(0, 0);
        rate.see(10, 100 * SECOND);
        assertThat(rate.perSecond()).isZero();
        rate.see(20, 104 * SECOND);
        assertThat(rate.perSecond()).as("too short").isZero();
        rate.see(30, 110 * SECOND);
        assertThat(rate.perSecond()).isEqualTo(2);
    }

    @Test
    void noticesAreGivenOncePerStudyAndNotOfWhatAnEarlierProcessSaw() {
        StateOfTwo run = new StateOfTwo().planned(0).planned(1);
        RunNotices notices = new RunNotices();
        assertThat(notices.since(run.state())).isEmpty();
        run.then(new RunEvent.RequestFailed(run.request(0, "baseline").number(), "out of memory"));
        assertThat(notices.since(run.state())).singleElement().satisfies(notice -> {
            assertThat(notice.event()).isEqualTo(Notice.Event.TRIAL_FAILED);
            assertThat(notice.study()).isEqualTo("a");
            assertThat(notice.trial()).isEqualTo("baseline");
            assertThat(notice.message()).startsWith("a baseline failed: ");
        });
        assertThat(notices.since(run.state())).isEmpty();
        run.then(new RunEvent.RequestFailed(run.request(0, "unquantized/long").number(), "out of memory"));
        assertThat(notices.since(run.state())).as("the second of its study").isEmpty();
        RunState resumed = run.then(new RunEvent.RunResumed(5_000)).state();
        RunNotices later = new RunNotices();
        assertThat(later.since(resumed)).as("told by the process before").isEmpty();
        run.measured(run.request(1, "baseline").trial(), "w0", Double.NaN)
                .then(new RunEvent.RequestDiverged(run.request(1, "baseline").number(), 0));
        assertThat(later.since(run.state())).extracting(Notice::event).containsExactly(Notice.Event.DIVERGED);
    }
}
