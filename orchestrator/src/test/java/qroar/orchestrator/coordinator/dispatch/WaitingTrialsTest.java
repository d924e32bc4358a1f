package qroar.orchestrator.coordinator.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.orchestrator.coordinator.dispatch.WaitingTrials.Place;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.state.RunDecisions;
import qroar.orchestrator.coordinator.state.RunPlan;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.coordinator.state.RunState.Phase;
import qroar.orchestrator.coordinator.state.SyntheticTrials;
import qroar.orchestrator.coordinator.trial.TrialState;

class WaitingTrialsTest {
    private static final SyntheticTrials TRIALS = new SyntheticTrials();
    private static final RunPlan PLAN = new RunPlan(
            "run",
            List.of(
                    SyntheticTrials.study("a", 2, Strategy.COORDINATE, Rule.PAIRED_T),
                    SyntheticTrials.study("b", 2, Strategy.COORDINATE, Rule.HALVING)),
            3);

    /** The oracle: every queued trial under every open request. */
    private static List<Place> scanned(RunState state) {
        List<Place> places = new ArrayList<>();
        for (int trial : state.queued()) {
            state.openRequests(trial).stream()
                    .map(state::request)
                    .map(request -> new Place(request.study(), request.priority(), trial))
                    .min(Comparator.naturalOrder())
                    .ifPresent(places::add);
        }
        places.sort(null);
        return places;
    }

    @Test
    void theIndexIsWhatAScanOfTheQueueFinds() {
        long seed = Long.getLong("seed", 7L);
        Random random = new Random(seed);
        for (int round = 0; round < 20; round++) {
            WaitingTrials waiting = new WaitingTrials();
            TreeSet<Integer> known = new TreeSet<>();
            RunState state = RunState.of(PLAN);
            state = follow(waiting, state, List.of(new RunEvent.RunBegun(1)));
            while (state.phase() != Phase.FINISHED) {
                for (Integer next = waiting.nextToAsk(); next != null; next = waiting.nextToAsk()) {
                    assertThat(known.add(next)).as("asked once, seed %d", seed).isTrue();
                    waiting.unknown(next);
                }
                assertThat(waiting.measurable()).as("seed %d", seed).containsExactlyElementsOf(scanned(state));
                state = follow(waiting, state, anything(state, random));
            }
            assertThat(waiting.measurable()).isEmpty();
        }
    }

    private static RunState follow(WaitingTrials waiting, RunState state, List<RunEvent> facts) {
        RunDecisions.Outcome outcome = RunDecisions.of(state, facts, 1);
        waiting.follow(outcome.state(), outcome.events());
        return outcome.state();
    }

    private static List<RunEvent> anything(RunState state, Random random) {
        if (random.nextInt(20) == 0) {
            return List.of(new RunEvent.RunResumed(1));
        }
        List<Integer> queued = new ArrayList<>(state.queued());
        List<Integer> leased = new ArrayList<>(state.leased());
        if (leased.isEmpty() || !queued.isEmpty() && random.nextInt(3) == 0) {
            TrialState trial = state.trial(queued.get(random.nextInt(queued.size())));
            return List.of(new RunEvent.TrialLeased(trial.number(), trial.attempts() + 1, "w", 1));
        }
        TrialState trial = state.trial(leased.get(random.nextInt(leased.size())));
        int attempt = trial.attempts();
        double[] losses = TRIALS.losses(trial.spec());
        if (trial.failures() == 0 && random.nextInt(10) == 0) {
            return List.of(new RunEvent.AttemptFailed(trial.number(), attempt, "out of luck", 1));
        }
        if (trial.windows() < losses.length) {
            return List.of(new RunEvent.WindowsMeasured(
                    trial.number(), attempt, trial.windows(), new double[] {losses[trial.windows()]}));
        }
        List<RunEvent> end = new ArrayList<>();
        TRIALS.complete(trial.spec())
                .layers()
                .values()
                .forEach(layer -> end.add(new RunEvent.LayerMeasured(trial.number(), attempt, layer)));
        end.add(new RunEvent.TrialFinished(trial.number(), attempt, 1, 1, 1));
        return end;
    }

    @Test
    void whatTheCacheWasAskedAboutWaitsForItsAnswer() {
        WaitingTrials waiting = new WaitingTrials();
        RunState state = follow(waiting, RunState.of(PLAN), List.of(new RunEvent.RunBegun(1)));
        int first = Objects.requireNonNull(waiting.nextToAsk());

        assertThat(waiting.measurable()).isEmpty();
        assertThat(first).isEqualTo(scanned(state).get(0).trial());
        waiting.unknown(first);
        assertThat(waiting.measurable()).containsExactly(scanned(state).get(0));
        assertThat(waiting.nextToAsk()).isNotEqualTo(first);
    }

    @Test
    void anAnswerThatCameTooLateIsAskedForAgain() {
        WaitingTrials waiting = new WaitingTrials();
        RunState state = follow(waiting, RunState.of(PLAN), List.of(new RunEvent.RunBegun(1)));
        int first = Objects.requireNonNull(waiting.nextToAsk());
        waiting.askAgain(first);

        waiting.follow(state, List.of(new RunEvent.RunResumed(1)));
        assertThat(waiting.nextToAsk()).isEqualTo(first);
    }
}
