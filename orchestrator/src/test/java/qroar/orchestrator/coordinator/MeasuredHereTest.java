package qroar.orchestrator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.orchestrator.coordinator.dispatch.Pace;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.state.SyntheticTrials;
import qroar.protocol.message.Lease;
import qroar.protocol.trial.EvaluationPlan;

class MeasuredHereTest {
    private static final Lease LEASE = new Lease(3, 1);

    @Test
    void windowsAndTheirScoredTokensAreCountedAndNothingElseIs() {
        EvaluationPlan texts =
                SyntheticTrials.study("a", 2, Strategy.LINE, Rule.NONE).searchPlan();
        MeasuredHere here = new MeasuredHere(new Pace(Duration.ofSeconds(1)));
        here.add(
                LEASE,
                texts,
                List.of(
                        new RunEvent.WindowsMeasured(3, 1, 0, new double[] {1, 2}),
                        new RunEvent.WindowsMeasured(3, 1, 2, new double[] {3}),
                        new RunEvent.TrialReleased(3, 9)),
                5);
        assertThat(here.windows()).isEqualTo(3);
        assertThat(here.tokens())
                .isEqualTo(texts.windows().get(0).tokens()
                        + texts.windows().get(1).tokens()
                        + texts.windows().get(2).tokens());
        here.add(LEASE, texts, List.of(), 6);
        assertThat(here.windows()).isEqualTo(3);
    }

    /** An item's context is read, but not scored. */
    @Test
    void itemsCountByTheirFewScoredTokens() {
        EvaluationPlan items = SyntheticTrials.task("t", 4).plan();
        MeasuredHere here = new MeasuredHere(new Pace(Duration.ofSeconds(1)));
        here.add(LEASE, items, List.of(new RunEvent.WindowsMeasured(3, 1, 0, new double[] {1})), 5);
        assertThat(here.tokens()).isEqualTo(items.windows().get(0).tokens());
    }
}
