package qroar.orchestrator.coordinator.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.state.RunDecisions;
import qroar.orchestrator.coordinator.state.RunPlan;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.coordinator.state.SyntheticTrials;
import qroar.orchestrator.coordinator.trial.Portion;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.protocol.message.Lease;
import qroar.protocol.message.WorkerMessage;
import qroar.protocol.message.WorkerProfile;

/** A baseline of ten documents with four windows each, under way at its first worker's. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReliefTest {
    private static final int WINDOWS = 4;
    private static final RunPlan PLAN = new RunPlan(
            "run",
            List.of(SyntheticTrials.ofTenDocuments(
                    "a", 2, Strategy.PARABOLIC, Rule.CONFIDENCE_SEQUENCE, 4, SyntheticTrials.RTN)),
            3);
    private static final RunState BEGUN = RunDecisions.of(RunState.of(PLAN), List.of(new RunEvent.RunBegun(1)), 1)
            .state()
            .apply(new RunEvent.TrialLeased(0, 1, "w0", 1));

    private final ActorTestKit kit = ActorTestKit.create("relief");
    private final Roster roster = new Roster(() -> 0, Duration.ZERO);
    private final ActorRef<WorkerMessage> first = enlisted("w0");
    private final ActorRef<WorkerMessage> other = enlisted("w1");

    @AfterAll
    void end() {
        kit.shutdownTestKit();
    }

    private ActorRef<WorkerMessage> enlisted(String name) {
        ActorRef<WorkerMessage> worker = kit.<WorkerMessage>createTestProbe().ref();
        roster.enlist(worker, new WorkerProfile(name, "cpu", 1, 1, "test"));
        return worker;
    }

    private static RunState with(RunState state, int attempt, int firstWindow, int count) {
        return state.apply(new RunEvent.WindowsMeasured(0, attempt, firstWindow, new double[count]));
    }

    private @Nullable Assignment relief(RunState state, ActorRef<WorkerMessage> worker, Duration floor) {
        return Relief.choose(state, roster, new Pace(floor), worker);
    }

    private RunEvent event(RunState state, ActorRef<WorkerMessage> worker) {
        return Objects.requireNonNull(relief(state, worker, Duration.ZERO)).event(7);
    }

    @Test
    void aWorkerWithTheModelTakesWhatFollowsTheDocumentThatIsRead() {
        roster.engage(first, new Lease(0, 1), BEGUN.trial(0).spec());
        assertThat(event(BEGUN, first)).isEqualTo(new RunEvent.PortionLeased(0, 2, "w0", WINDOWS, 10 * WINDOWS, 7));

        RunState further = with(BEGUN, 1, 0, 2 * WINDOWS + 1);
        assertThat(event(further, first))
                .isEqualTo(new RunEvent.PortionLeased(0, 2, "w0", 3 * WINDOWS, 10 * WINDOWS, 7));
    }

    @Test
    void aWorkerThatHasToLoadTheModelBeginsInTheMidst() {
        assertThat(event(BEGUN, other)).isEqualTo(new RunEvent.PortionLeased(0, 2, "w1", 5 * WINDOWS, 10 * WINDOWS, 7));
    }

    @Test
    void theLongestRestIsShortenedAndADocumentThatIsReadIsNotTaken() {
        RunState two = BEGUN.apply(event(BEGUN, other));
        roster.engage(first, new Lease(0, 1), BEGUN.trial(0).spec());
        assertThat(two.trial(0).portions()).extracting(Portion::toWindow).containsExactly(5 * WINDOWS, 10 * WINDOWS);
        RunState three = two.apply(event(two, first));
        assertThat(three.trial(0).portions())
                .extracting(Portion::firstWindow)
                .as("four documents are left to each; the one who is first in the plan gives way")
                .containsExactly(0, WINDOWS, 5 * WINDOWS);

        RunState last = with(BEGUN, 1, 0, 9 * WINDOWS);
        assertThat(relief(last, first, Duration.ZERO)).isNull();
    }

    @Test
    void onlyWhatIsWantedIsTakenAndOnlyWhatTakesLongEnough() {
        assertThat(BEGUN.wantedWindows(0)).isEqualTo(10 * WINDOWS);
        assertThat(relief(BEGUN.apply(new RunEvent.RequestFailed(0, "no")), first, Duration.ZERO))
                .isNull();

        Pace pace = new Pace(Duration.ofMillis(100));
        assertThat(Relief.choose(BEGUN, roster, pace, first)).isNull();
        pace.measured(new Lease(0, 1), 16, 0);
        pace.measured(new Lease(0, 1), 16, 20_000_000);
        assertThat(Relief.choose(BEGUN, roster, pace, first))
                .as("64 tokens take 80 ms")
                .isNull();
        pace.measured(new Lease(0, 1), 16, 60_000_000);
        assertThat(Relief.choose(BEGUN, roster, pace, first)).as("120 ms").isNotNull();
    }

    @Test
    void whatALostWorkerHeldWaitsForAnyAndItsFailureIsCountedThere() {
        RunState two = BEGUN.apply(event(BEGUN, other));
        RunState measured = with(with(two, 2, 5 * WINDOWS, WINDOWS + 2), 1, 0, 1);
        RunState lost = measured.apply(new RunEvent.AttemptFailed(0, 2, "worker w1 was lost", 9));
        TrialState trial = lost.trial(0);

        assertThat(trial.status()).isEqualTo(TrialState.Status.LEASED);
        assertThat(trial.effort().failuresAt(6 * WINDOWS + 2)).isEqualTo(1);
        assertThat(trial.firstGap(10 * WINDOWS)).isEqualTo(6 * WINDOWS + 2);
        WaitingTrials waiting = new WaitingTrials();
        waiting.unknown(0);
        waiting.follow(lost, List.of(new RunEvent.AttemptFailed(0, 2, "worker w1 was lost", 9)));
        assertThat(Objects.requireNonNull(Assignment.choose(lost, roster, waiting, first))
                        .event(9))
                .isEqualTo(new RunEvent.PortionLeased(0, 3, "w0", 6 * WINDOWS + 2, 10 * WINDOWS, 9));
        assertThat(relief(lost, other, Duration.ZERO))
                .as("who just failed stays away")
                .isNull();
        assertThat(relief(lost, first, Duration.ZERO)).isNotNull();
        RunState again = lost.apply(new RunEvent.PortionLeased(0, 3, "w0", 6 * WINDOWS + 2, 10 * WINDOWS, 9));
        assertThat(again.trial(0).attempts())
                .as("the first, and the one that repeats")
                .isEqualTo(2);
        assertThat(with(again, 3, 6 * WINDOWS + 2, 1).trial(0).failures()).isZero();
        assertThat(with(again, 3, 6 * WINDOWS + 2, 1).trial(0).windows()).isEqualTo(1);
        assertThat(Set.copyOf(with(again, 1, 1, 5 * WINDOWS - 1).trial(0).ahead()))
                .isEmpty();
        assertThat(with(again, 1, 1, 5 * WINDOWS - 1).trial(0).windows()).isEqualTo(6 * WINDOWS + 2);
    }
}
