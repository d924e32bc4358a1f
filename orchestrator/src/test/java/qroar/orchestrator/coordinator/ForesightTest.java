package qroar.orchestrator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.state.RunDecisions;
import qroar.orchestrator.coordinator.state.RunPlan;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.coordinator.state.SyntheticTrials;

class ForesightTest {
    private static final RunState NEW = RunState.of(
            new RunPlan("run", List.of(SyntheticTrials.study("a", 2, Strategy.COORDINATE, Rule.PAIRED_T)), 3));
    private static final RunDecisions.Outcome BEGUN = RunDecisions.of(NEW, List.of(new RunEvent.RunBegun(1)), 1);

    @Test
    void expectedEventsLeadToTheStatesThatAreKnown() {
        Foresight foresight = new Foresight();
        foresight.expect(BEGUN.steps());
        RunState state = NEW;
        for (RunDecisions.Step step : BEGUN.steps()) {
            state = foresight.apply(state, step.event());
            assertThat(state).isSameAs(step.after());
        }
        assertThat(state).isSameAs(BEGUN.state());
    }

    @Test
    void whatWasNotExpectedIsWorkedOut() {
        Foresight foresight = new Foresight();
        foresight.expect(BEGUN.steps());
        RunState other = foresight.apply(NEW, new RunEvent.RunBegun(2));

        assertThat(other.begunAtMillis()).isEqualTo(2);
        RunEvent planned = BEGUN.steps().get(1).event();
        assertThat(foresight.apply(other, planned).requests()).hasSize(1);
        assertThat(foresight.apply(other, planned).begunAtMillis()).isEqualTo(2);
    }
}
