package qroar.orchestrator.coordinator.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.orchestrator.coordinator.event.RunEvent;

/** Of a run that was taken up again: without the pauses, and never less than before. */
class WorkedTimeTest {
    private static final RunPlan PLAN =
            new RunPlan("r", List.of(SyntheticTrials.study("a", 2, Strategy.COORDINATE, Rule.NONE)), 3);
    private static final long DAY = 86_400_000;

    private static long millis(RunEvent... events) {
        RunState state = RunState.of(PLAN);
        for (RunEvent event : events) {
            state = state.apply(event);
        }
        assertThat(SimulatedRun.stored(state, PLAN).worked()).isEqualTo(state.worked());
        return state.worked().millis();
    }

    @Test
    void processesSayHowLongTheyWorked() {
        assertThat(millis(
                        new RunEvent.RunBegun(1_000),
                        new RunEvent.RunWorked(10_000),
                        new RunEvent.RunWorked(20_500),
                        new RunEvent.RunResumed(7 * DAY),
                        new RunEvent.RunWorked(300),
                        // The clock was set back.
                        new RunEvent.RunResumed(5),
                        new RunEvent.RunFinished(3),
                        new RunEvent.RunWorked(40)))
                .isEqualTo(20_500 + 300 + 40);
    }

    @Test
    void ofThoseThatDidNotTheLastEventIsBelieved() {
        RunState begun = RunDecisions.of(RunState.of(PLAN), List.of(new RunEvent.RunBegun(1_000)), 1_000)
                .state();
        RunState killed = begun.apply(new RunEvent.TrialLeased(0, 1, "w", 1_500))
                .apply(new RunEvent.AttemptFailed(0, 1, "no", 4_000))
                .apply(new RunEvent.TrialLeased(0, 2, "w", 3_500));
        assertThat(killed.worked().millis()).isEqualTo(3_000);

        RunState again = killed.apply(new RunEvent.RunResumed(DAY));
        assertThat(again.worked().millis()).as("the pause does not count").isEqualTo(3_000);
        assertThat(again.apply(new RunEvent.TrialLeased(0, 3, "w", DAY + 250))
                        .worked()
                        .millis())
                .isEqualTo(3_250);
        assertThat(again.apply(new RunEvent.TrialLeased(0, 3, "w", 2)).worked().millis())
                .as("the clock was set back")
                .isEqualTo(3_000);
    }
}
