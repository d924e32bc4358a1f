package qroar.orchestrator.coordinator.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.experiments.study.Study;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.trial.TrialState.Status;

class RequestFoldTest {
    private static final Study STUDY = SyntheticTrials.study("a", 2, Strategy.COORDINATE, Rule.NONE);
    private static final RunState BEGUN = RunDecisions.of(
                    RunState.of(new RunPlan("run", List.of(STUDY), 3)), List.of(new RunEvent.RunBegun(1)), 1)
            .state();

    @Test
    void aTrialThatWasReleasedWaitsAgainForWhoeverWantsMoreOfIt() {
        RunState released = BEGUN.apply(new RunEvent.TrialReleased(0, 5));
        assertThat(released.queued()).doesNotContain(0);

        RunState widened = RequestFold.after(released, new RunEvent.RequestWidened(0, 16));
        assertThat(widened.trial(0).status()).isEqualTo(Status.QUEUED);
        assertThat(widened.queued()).contains(0);
        assertThat(widened.wantedWindows(0)).isEqualTo(16);
    }

    @Test
    void anAnswerIsToldToItsStudyOnceAndClosesTheRequest() {
        RunState failed = RequestFold.after(BEGUN, new RunEvent.RequestFailed(0, "no worker survived it"));
        assertThat(failed.request(0).isOpen()).isFalse();
        assertThat(failed.isAsked(failed.request(0).trial())).isFalse();
        assertThat(failed.progress().get(0).wanted())
                .hasSize(BEGUN.progress().get(0).wanted().size() - 1);
        assertThatThrownBy(() -> RequestFold.after(failed, new RunEvent.RequestFailed(0, "again")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("twice");
    }

    /** A build that foresees otherwise reads the journal of one that foresaw this. */
    @Test
    void aForeseenTrialThatNobodyForeseesNowIsKnownByItsKey() {
        int next = BEGUN.trials().size();
        RunState more = RequestFold.after(BEGUN, new RunEvent.TrialSpeculated(0, "pass-9", next, "ab".repeat(32), 7));
        assertThat(more.trial(next).key().hex()).isEqualTo("ab".repeat(32));
        assertThat(more.trial(next).windowCount()).isEqualTo(7);
        assertThat(more.queued()).isEqualTo(BEGUN.queued());
        assertThat(more.trialNumber(more.trial(next).key())).isNull();
    }

    @Test
    void whatHappensToNoRequestIsRefused() {
        assertThatThrownBy(() -> RequestFold.after(BEGUN, new RunEvent.RunFinished(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("RunFinished");
    }
}
