package qroar.orchestrator.app.result;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.experiments.study.Study;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.state.RunPlan;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.coordinator.state.SyntheticTrials;
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
    void aModelIsNamedByItsFolderAndTheOneAbove() {
        assertThat(RunReports.modelName(Path.of("/data/llama/model"))).isEqualTo("llama/model");
        assertThat(RunReports.modelName(Path.of("/data/llama/x/../model/"))).isEqualTo("llama/model");
        assertThat(RunReports.modelName(Path.of("/model"))).isEqualTo("/model");
    }
}
