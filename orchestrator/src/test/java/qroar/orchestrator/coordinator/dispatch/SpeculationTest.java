package qroar.orchestrator.coordinator.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.event.RunTally;
import qroar.orchestrator.coordinator.state.RunPlan;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.coordinator.state.SyntheticTrials;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.orchestrator.coordinator.trial.TrialState.Status;
import qroar.protocol.message.Lease;
import qroar.protocol.message.WorkerMessage;
import qroar.protocol.message.WorkerProfile;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.TrialKey;

/** A parabolic search whose first two candidates, a document each, are measured by two workers. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SpeculationTest {
    private static final SyntheticTrials TRIALS = new SyntheticTrials();
    private static final RunPlan PLAN = new RunPlan(
            "run",
            List.of(SyntheticTrials.ofTenDocuments(
                    "a", 3, Strategy.PARABOLIC, Rule.CONFIDENCE_SEQUENCE, 4, SyntheticTrials.RTN)),
            3);

    private final ActorTestKit kit = ActorTestKit.create("speculation");
    private Roster roster = new Roster(() -> 0, Duration.ZERO);
    private WaitingTrials waiting = new WaitingTrials();
    private Dispatch dispatch = new Dispatch(roster, waiting, new Pace(Duration.ZERO));
    private List<ActorRef<WorkerMessage>> workers = new ArrayList<>();
    private RunState state = RunState.of(PLAN);
    private List<Assignment> racing = List.of();
    private List<RunEvent> journal = new ArrayList<>();

    @AfterAll
    void end() {
        kit.shutdownTestKit();
    }

    /** All that comes before the first round, by one worker after the other; then the round's two candidates are leased. */
    @BeforeEach
    void theFirstRoundIsUnderWay() {
        roster = new Roster(() -> 0, Duration.ZERO);
        waiting = new WaitingTrials();
        dispatch = new Dispatch(roster, waiting, new Pace(Duration.ZERO));
        workers = new ArrayList<>();
        state = RunState.of(PLAN);
        journal = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            ActorRef<WorkerMessage> worker =
                    kit.<WorkerMessage>createTestProbe().ref();
            workers.add(worker);
            roster.enlist(worker, new WorkerProfile("w" + i, "cpu", 1, 1, "test"));
        }
        happen(List.of(new RunEvent.RunBegun(1)), List.of());
        while (state.progress().get(0).foreseen().isEmpty()) {
            complete(happen(List.of(), workers.subList(0, 1)).get(0));
        }
        racing = happen(List.of(), workers.subList(0, 2));
        assertThat(racing)
                .extracting(given -> state.isAsked(given.trial().number()))
                .containsExactly(true, true);
        while (waiting.measurable().iterator().hasNext()) {
            complete(happen(List.of(), workers.subList(2, 3)).get(0));
        }
        Lease before = new Lease(0, 99);
        for (ActorRef<WorkerMessage> worker : idle()) {
            roster.engage(worker, before, state.trial(0).spec());
        }
        roster.disengage(before);
    }

    private List<ActorRef<WorkerMessage>> idle() {
        return workers.subList(2, 4);
    }

    private void complete(Assignment given) {
        TrialState trial = state.trial(given.trial().number());
        double[] losses = TRIALS.losses(trial.spec());
        List<RunEvent> facts = new ArrayList<>();
        TRIALS.measurements(trial.spec()).stream()
                .filter(LayerActivations.class::isInstance)
                .forEach(layer -> facts.add(
                        new RunEvent.LayerMeasured(trial.number(), given.lease().attempt(), (LayerActivations) layer)));
        facts.add(new RunEvent.WindowsMeasured(trial.number(), given.lease().attempt(), 0, losses));
        facts.add(new RunEvent.TrialFinished(trial.number(), given.lease().attempt(), 1, 1, 4));
        happen(facts, List.of());
    }

    /** Trials that are measured and that nobody asked for. */
    private Set<Integer> guessed() {
        return state.leased().stream().filter(trial -> !state.isAsked(trial)).collect(Collectors.toSet());
    }

    @Test
    void whoHasNothingElseToDoMeasuresADocumentOfWhatMayBeAskedForNext() {
        List<Assignment> given = happen(List.of(), idle());
        assertThat(given).hasSize(2);
        assertThat(guessed()).hasSize(2);
        for (Assignment guess : given) {
            assertThat(guess.firstWindow()).isZero();
            assertThat(guess.toWindow()).isEqualTo(guess.spec().plan().firstWindow(1));
            assertThat(state.trial(guess.trial().number()).attempts()).isZero();
        }
    }

    @Test
    void whoLooksAtTheRunFromOutsideSeesWhatWasGuessed() {
        Assignment guess = happen(List.of(), idle()).get(0);
        RunTally tally = new RunTally();
        journal.forEach(tally::add);
        long asked = tally.windows();
        assertThat(tally.windowsUnasked()).isZero();
        tally.add(new RunEvent.WindowsMeasured(
                guess.trial().number(), guess.lease().attempt(), 0, new double[] {1, 2}));
        assertThat(tally.windowsUnasked()).isEqualTo(2);
        assertThat(tally.windows()).isEqualTo(asked + 2);
    }

    @Test
    void certainWorkTakesTheWorkerBack() {
        happen(List.of(), idle());
        Lease lost = racing.get(0).lease();
        happen(List.of(new RunEvent.AttemptFailed((int) lost.trial(), lost.attempt(), "gone", 6)), List.of());
        assertThat(guessed()).hasSize(1);
        assertThat(happen(List.of(), idle().subList(0, 1)))
                .extracting(given -> given.lease().trial())
                .containsExactly(lost.trial());
    }

    @Test
    void whatIsNotForeseenAnyMoreIsNotMeasuredToTheEnd() {
        happen(List.of(), idle());
        Set<Integer> before = guessed();
        for (Assignment candidate : racing) {
            double[] losses = TRIALS.losses(candidate.spec());
            happen(
                    List.of(new RunEvent.WindowsMeasured(
                            candidate.trial().number(),
                            candidate.lease().attempt(),
                            0,
                            Arrays.copyOf(losses, candidate.spec().plan().firstWindow(1)))),
                    List.of());
        }
        Set<TrialKey> foreseen = state.progress().get(0).foreseen().stream()
                .map(request -> request.spec().key())
                .collect(Collectors.toSet());
        assertThat(before).anyMatch(trial -> state.trial(trial).status() == Status.RELEASED);
        assertThat(guessed())
                .allMatch(trial -> foreseen.contains(state.trial(trial).key()));
    }

    @Test
    void aFailedGuessIsNotMadeAgain() {
        Assignment guess = happen(List.of(), idle()).get(0);
        happen(
                List.of(new RunEvent.AttemptFailed(
                        guess.trial().number(), guess.lease().attempt(), "out of memory", 6)),
                List.of());
        assertThat(state.trial(guess.trial().number()).status()).isEqualTo(Status.RELEASED);
        assertThat(happen(List.of(), idle().subList(0, 1)))
                .noneMatch(given -> given.trial().number() == guess.trial().number());
    }

    private List<Assignment> happen(List<RunEvent> facts, List<ActorRef<WorkerMessage>> idle) {
        Dispatch.Decided decided = dispatch.of(state, facts, idle, 5);
        state = decided.outcome().state();
        journal.addAll(decided.outcome().events());
        for (Integer asked = waiting.nextToAsk(); asked != null; asked = waiting.nextToAsk()) {
            waiting.unknown(asked);
        }
        for (Roster.Engagement engagement : roster.engagements()) {
            if (state.trial((int) engagement.lease().trial())
                            .portion(engagement.lease().attempt())
                    == null) {
                roster.disengage(engagement.lease());
            }
        }
        decided.assignments().forEach(given -> roster.engage(given.worker(), given.lease(), given.spec()));
        return decided.assignments();
    }
}
