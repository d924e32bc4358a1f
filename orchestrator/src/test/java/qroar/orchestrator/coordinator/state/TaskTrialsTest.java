package qroar.orchestrator.coordinator.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.experiments.study.ScoredTask;
import qroar.experiments.study.Study;
import qroar.experiments.trial.Ending;
import qroar.experiments.trial.Setting;
import qroar.experiments.trial.TrialLabel;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.state.RunState.Phase;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.orchestrator.coordinator.trial.TrialState.Status;

/** Tasks are trials of a study, and no part of a run's identity: they come and go while its journal stays. */
class TaskTrialsTest {
    private static final SyntheticTrials TRIALS = new SyntheticTrials();
    private static final Study STUDY = SyntheticTrials.study("a", 2, Strategy.PARABOLIC, Rule.PAIRED_T);
    private static final ScoredTask NEEDLES = SyntheticTrials.task("needles", 5);
    private static final ScoredTask QUESTIONS = SyntheticTrials.task("questions", 9);

    private static RunPlan plan(ScoredTask... tasks) {
        return new RunPlan("tasks", List.of(SyntheticTrials.with(STUDY, tasks)), 3);
    }

    private static List<RunEvent> finished(RunPlan plan) {
        return new SimulatedRun(plan, TRIALS, spec -> false, new Random(3), new Faults(0, 0, 0, 0, 0.5))
                .run()
                .journal();
    }

    private static RunState replayed(RunPlan plan, List<RunEvent> events) {
        RunState state = RunState.of(plan);
        for (RunEvent event : events) {
            state = state.apply(event);
            SimulatedRun.assertSame(SimulatedRun.stored(state, plan), state);
        }
        return state;
    }

    /** One worker after the other, every trial that waits. */
    private static RunState workedOff(RunState begun) {
        RunState state = begun;
        while (!state.queued().isEmpty()) {
            TrialState trial = state.trial(state.queued().iterator().next());
            double[] losses = TRIALS.losses(trial.spec());
            int attempt = trial.leases() + 1;
            List<RunEvent> facts = List.of(
                    new RunEvent.TrialLeased(trial.number(), attempt, "w", 5),
                    new RunEvent.WindowsMeasured(
                            trial.number(),
                            attempt,
                            trial.windows(),
                            Arrays.copyOfRange(losses, trial.windows(), losses.length)),
                    new RunEvent.TrialFinished(trial.number(), attempt, 1, 1, 6));
            state = RunDecisions.of(state, facts, 7).state();
        }
        return state;
    }

    private static void assertScored(RunState state, ScoredTask task) {
        for (Setting setting : Setting.values()) {
            assertThat(state.progress().get(0).taskFigures(task.name(), setting))
                    .as("%s %s", task.name(), setting)
                    .hasSize(task.plan().windows().size());
        }
    }

    @Test
    void everySettingIsPutToEveryTaskAndTheUnscaledOnesFromTheStart() {
        RunState begun = RunDecisions.of(RunState.of(plan(NEEDLES, QUESTIONS)), List.of(new RunEvent.RunBegun(1)), 1)
                .state();
        assertThat(begun.requests().stream().map(RequestState::label))
                .contains(
                        TrialLabel.task("needles", Setting.BASELINE), TrialLabel.task("questions", Setting.UNQUANTIZED))
                .doesNotContain(TrialLabel.task("needles", Setting.TUNED));
        RunState end = replayed(plan(NEEDLES, QUESTIONS), finished(plan(NEEDLES, QUESTIONS)));
        assertThat(end.isOver()).isTrue();
        assertScored(end, NEEDLES);
        assertScored(end, QUESTIONS);
        assertThat(end.progress().get(0).outcome())
                .isEqualTo(replayed(plan(), finished(plan())).progress().get(0).outcome());
    }

    @Test
    void aTaskThatIsAddedToAFinishedRunIsMeasuredAndNothingElseIs() {
        RunState before = replayed(plan(QUESTIONS), finished(plan()));
        assertThat(before.phase()).isEqualTo(Phase.FINISHED);
        assertThat(before.isOver()).isFalse();
        RunDecisions.Outcome resumed = RunDecisions.of(before, List.of(new RunEvent.RunResumed(4)), 4);
        assertThat(resumed.state().phase()).isEqualTo(Phase.RUNNING);
        RunState end = workedOff(resumed.state());
        assertThat(end.isOver()).isTrue();
        assertThat(end.trials().size() - before.trials().size()).isEqualTo(4);
        assertScored(end, QUESTIONS);
    }

    @Test
    void aTaskThatIsDroppedStaysInTheJournalAndIsTakenUpWhenItIsBack() {
        List<RunEvent> events = new ArrayList<>();
        for (RunEvent event : finished(plan(NEEDLES, QUESTIONS))) {
            // Killed in the midst of a task.
            if (event instanceof RunEvent.RequestMeasured measured
                    && replayed(plan(NEEDLES, QUESTIONS), events)
                            .request(measured.request())
                            .label()
                            .startsWith("task/questions")) {
                break;
            }
            events.add(event);
        }
        RunState killed = replayed(plan(NEEDLES, QUESTIONS), events);
        int measured = killed.trials().stream().mapToInt(TrialState::windows).sum();

        RunState without = replayed(plan(NEEDLES), events);
        assertThat(without.trials().stream().mapToInt(TrialState::windows).sum())
                .isEqualTo(measured);
        RunDecisions.Outcome dropped = RunDecisions.of(without, List.of(new RunEvent.RunResumed(4)), 4);
        RunState end = workedOff(dropped.state());
        assertThat(end.isOver()).isTrue();
        assertScored(end, NEEDLES);
        assertThat(end.requests().stream()
                        .filter(end::hasDropped)
                        .map(request -> end.trial(request.trial()).status()))
                .isNotEmpty()
                .doesNotContain(Status.QUEUED, Status.LEASED);

        List<RunEvent> longer = new ArrayList<>(events);
        longer.addAll(dropped.events());
        RunState back = replayed(plan(NEEDLES, QUESTIONS), longer);
        RunState whole = workedOff(
                RunDecisions.of(back, List.of(new RunEvent.RunResumed(8)), 8).state());
        assertThat(whole.isOver()).isTrue();
        assertScored(whole, QUESTIONS);
        assertThat(whole.requests()).allMatch(request -> request.settlement() != Ending.FAILED);
    }

    /** A model that overflows answers wrongly; it does not leave a task without a score. */
    @Test
    void aFigureThatIsNoNumberIsAFigure() {
        RunState begun = RunDecisions.of(RunState.of(plan(NEEDLES)), List.of(new RunEvent.RunBegun(1)), 1)
                .state();
        RequestState request = begun.requests().stream()
                .filter(r -> r.label().equals(TrialLabel.task("needles", Setting.BASELINE)))
                .findFirst()
                .orElseThrow();
        double[] figures = new double[request.windowLimit()];
        Arrays.fill(figures, Double.NaN);
        RunState measured = RunDecisions.of(
                        begun,
                        List.of(
                                new RunEvent.TrialLeased(request.trial(), 1, "w", 2),
                                new RunEvent.WindowsMeasured(request.trial(), 1, 0, figures),
                                new RunEvent.TrialFinished(request.trial(), 1, 1, 1, 3)),
                        3)
                .state();
        assertThat(measured.request(request.number()).settlement()).isEqualTo(Ending.MEASURED);
        assertThat(measured.progress().get(0).taskFigures("needles", Setting.BASELINE))
                .containsOnly(Double.NaN);
    }
}
