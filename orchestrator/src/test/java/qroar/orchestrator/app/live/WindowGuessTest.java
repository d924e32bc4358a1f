package qroar.orchestrator.app.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import qroar.experiments.search.SearchSettings.Common;
import qroar.experiments.study.ScoredTask;
import qroar.experiments.study.Study;
import qroar.experiments.trial.Control;
import qroar.orchestrator.app.TwoBandStudy;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.state.RunPlan;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.ItemRef;

class WindowGuessTest {
    private static long left(Study study) {
        RunState state = RunState.of(new RunPlan("run", List.of(study), 3)).apply(new RunEvent.RunBegun(1_000));
        return WindowGuess.of(state).left(0);
    }

    /** Else a run that has them says for most of its time that a second is left. */
    @Test
    void controlsAndTasksAreExpectedFromTheBeginning() {
        Study plain = TwoBandStudy.named("a");
        long trial = plain.searchPlan().windows().size();
        Study controlled = plain.withControls(List.of(Control.PERMUTED, Control.RANDOM), Common.UNSOUGHT);
        assertThat(left(controlled)).isEqualTo(left(plain) + (3 + 4) * trial);
        EvaluationPlan items = EvaluationPlan.ofItems(
                List.of(new ItemRef("ab".repeat(32), 20, List.of(new ItemRef.Continuation(20, 23)))),
                EvaluationPlan.WHOLE);
        ScoredTask needles = new ScoredTask("passkey-1-abcd", items, ScoredTask.Kind.NEEDLES);
        ScoredTask choices = new ScoredTask("piqa-0-abcd", items);
        Study.Plans plans = new Study.Plans(plain.searchPlan(), plain.heldOutPlan(), plain.shortPlan());
        assertThat(left(controlled.withPlans(plans.with(List.of(needles, choices)))))
                .as("four models, and each control of the needles")
                .isEqualTo(left(controlled) + (4 + 7 + 4) * trial);
    }
}
