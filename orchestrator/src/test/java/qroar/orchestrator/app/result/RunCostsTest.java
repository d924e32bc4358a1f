package qroar.orchestrator.app.result;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.experiments.study.Study;
import qroar.experiments.study.TrialRequest;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.state.RunDecisions;
import qroar.orchestrator.coordinator.state.RunPlan;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.coordinator.state.SyntheticTrials;
import qroar.orchestrator.coordinator.trial.MeasuredFacts;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.protocol.message.Lease;
import qroar.protocol.trial.Measurement;
import qroar.reports.model.RunCost;

class RunCostsTest {
    @Test
    void whatIsReadAheadIsInVainWhenItsTrialEndsBeforeAnybodyUsesIt() {
        Study study = SyntheticTrials.ofTenDocuments(
                "a", 2, Strategy.COORDINATE, Rule.CONFIDENCE_SEQUENCE, 4, SyntheticTrials.RTN);
        int windows = study.searchPlan().windows().size();
        int sixth = study.searchPlan().firstWindow(5);
        String key = study.baseline().key().hex();
        RunState measured = RunState.of(new RunPlan("r", List.of(study), 3))
                .apply(new RunEvent.RunBegun(1))
                .apply(new RunEvent.RequestPlanned(0, "baseline", 0, key, windows))
                .apply(new RunEvent.TrialLeased(0, 1, "w0", 1))
                .apply(new RunEvent.PortionLeased(0, 2, "w1", sixth, windows, 1))
                .apply(new RunEvent.WindowsMeasured(0, 2, sixth, new double[4]));

        int positions = study.searchPlan().positions(5);
        assertThat(RunCosts.lookAhead(measured)).isEqualTo(new RunCost.LookAhead(positions - 1, 0));
        assertThat(TrialRows.forwardTokens(measured.trial(0))).isEqualTo(positions);
        assertThat(measured.trial(0).attempts()).isEqualTo(1);

        RunState over = measured.apply(new RunEvent.RequestFailed(0, "no")).apply(new RunEvent.TrialReleased(0, 2));
        assertThat(RunCosts.lookAhead(over)).isEqualTo(new RunCost.LookAhead(positions - 1, positions));
    }

    @Test
    void whatNobodyAskedForIsToldApart() {
        SyntheticTrials trials = new SyntheticTrials();
        Study study = SyntheticTrials.study("a", 2, Strategy.PARABOLIC, Rule.NONE);
        RunState state = RunDecisions.of(
                        RunState.of(new RunPlan("r", List.of(study), 3)), List.of(new RunEvent.RunBegun(1)), 1)
                .state();
        while (state.progress().get(0).foreseen().isEmpty()) {
            TrialState trial = state.trial(state.queued().iterator().next());
            List<Measurement> all = new ArrayList<>(trials.measurements(trial.spec()));
            Lease lease = new Lease(trial.number(), 1);
            state = state.apply(new RunEvent.TrialLeased(trial.number(), 1, "w", 2));
            state = measured(state, lease, all);
        }
        TrialRequest likely = state.progress().get(0).foreseen().get(0);
        int number = state.trials().size();
        int end = likely.spec().plan().firstWindow(1);
        RunState guessed = state.apply(new RunEvent.TrialSpeculated(
                        0, likely.label(), number, likely.spec().key().hex(), likely.windowLimit()))
                .apply(new RunEvent.PortionLeased(number, 1, "w2", 0, end, 3))
                .apply(new RunEvent.WindowsMeasured(number, 1, 0, new double[end]))
                .apply(new RunEvent.PortionFinished(number, 1, 1, 1, 4))
                .apply(new RunEvent.TrialReleased(number, 4));

        int positions = likely.spec().plan().positions(0);
        assertThat(RunCosts.besides(state)).isEqualTo(new RunCost.Besides(0, 0, 0));
        assertThat(RunCosts.besides(guessed)).isEqualTo(new RunCost.Besides(0, positions - 1, positions));
        assertThat(RunCosts.of(guessed).retries()).isEqualTo(RunCosts.of(state).retries());
        assertThat(guessed.progress().get(0)).isSameAs(state.progress().get(0));
    }

    private static RunState measured(RunState state, Lease lease, List<Measurement> all) {
        try {
            return RunDecisions.of(state, MeasuredFacts.of(state.trial((int) lease.trial()), lease, all, 2), 2)
                    .state();
        } catch (MeasuredFacts.OutOfOrderException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aModelIsNamedByItsFolderAndTheOneAbove() {
        assertThat(RunReports.modelName(Path.of("/data/llama/model"))).isEqualTo("llama/model");
        assertThat(RunReports.modelName(Path.of("/data/llama/x/../model/"))).isEqualTo("llama/model");
        assertThat(RunReports.modelName(Path.of("/model"))).isEqualTo("/model");
    }
}
