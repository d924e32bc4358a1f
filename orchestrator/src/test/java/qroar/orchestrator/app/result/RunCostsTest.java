package qroar.orchestrator.app.result;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import qroar.orchestrator.coordinator.RunEvent;
import qroar.orchestrator.coordinator.RunPlan;
import qroar.orchestrator.coordinator.RunState;

class RunCostsTest {
    private static final RunState BEGUN =
            RunState.of(new RunPlan("r", List.of(), 3)).apply(new RunEvent.RunBegun(1_000));

    @Test
    void timeOfARunThatWasNotInterruptedIsFromStartToEnd() {
        assertThat(RunCosts.wallSeconds(BEGUN, 3_500)).isEqualTo(2.5);
        assertThat(RunCosts.wallSeconds(BEGUN.apply(new RunEvent.RunFinished(5_000)), 99_000))
                .isEqualTo(4);
        assertThat(RunCosts.wallSeconds(BEGUN, 10)).isZero();
    }

    @Test
    void thePausesOfARunThatWasTakenUpAgainAreNotTakenForWork() {
        RunState again = BEGUN.apply(new RunEvent.RunResumed(9_000_000)).apply(new RunEvent.RunFinished(9_001_000));
        assertThat(RunCosts.wallSeconds(again, 9_002_000)).isNaN();
    }

    @Test
    void aModelIsNamedByItsFolderAndTheOneAbove() {
        assertThat(RunReports.modelName(Path.of("/data/llama/model"))).isEqualTo("llama/model");
        assertThat(RunReports.modelName(Path.of("/data/llama/x/../model/"))).isEqualTo("llama/model");
        assertThat(RunReports.modelName(Path.of("/model"))).isEqualTo("/model");
    }
}
