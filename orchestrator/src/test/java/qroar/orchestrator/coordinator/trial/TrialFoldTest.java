package qroar.orchestrator.coordinator.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.state.SyntheticTrials;
import qroar.orchestrator.coordinator.trial.TrialState.Status;
import qroar.protocol.trial.TrialSpec;

class TrialFoldTest {
    private static final TrialSpec SPEC =
            SyntheticTrials.study("s", 2, Strategy.LINE, Rule.NONE).baseline();

    private static TrialState after(RunEvent... events) {
        TrialState trial = TrialState.planned(0, SPEC);
        for (RunEvent event : events) {
            trial = TrialFold.after(trial, event);
        }
        return trial;
    }

    @Test
    void whatAnAttemptLeavesBehindStaysAndTheNextGoesOn() {
        TrialState trial = after(
                new RunEvent.TrialLeased(0, 1, "w0", 100),
                new RunEvent.WindowsMeasured(0, 1, 0, new double[] {1, 2}),
                new RunEvent.AttemptFailed(0, 1, "lost", 130));
        assertThat(trial.status()).isEqualTo(Status.QUEUED);
        assertThat(trial.nllNats()).containsExactly(1, 2);
        assertThat(trial.effort().failuresAt(2)).isEqualTo(1);
        assertThat(trial.busyMillis()).isEqualTo(30);

        TrialState passed = TrialFold.after(
                TrialFold.after(trial, new RunEvent.TrialLeased(0, 2, "w1", 140)),
                new RunEvent.WindowsMeasured(0, 2, 2, new double[] {3}));
        assertThat(passed.failures()).isZero();
        assertThat(passed.attempts()).isEqualTo(2);
        assertThat(passed.cause()).isEqualTo("lost");
    }

    @Test
    void anEndTakesAllLeasesAndWhatIsDeclinedCountsAgainstNobody() {
        RunEvent[] shared = {
            new RunEvent.TrialLeased(0, 1, "w0", 100),
            new RunEvent.PortionLeased(0, 2, "w1", 8, SPEC.plan().windows().size(), 110)
        };
        TrialState both = after(shared);
        assertThat(both.portions()).hasSize(2);
        assertThat(both.attempts()).isEqualTo(1);
        TrialState declined = TrialFold.after(both, new RunEvent.AttemptDeclined(0, 2, "no room", 120));
        assertThat(declined.status()).isEqualTo(Status.LEASED);
        assertThat(declined.failures()).isZero();

        TrialState released = TrialFold.after(both, new RunEvent.TrialReleased(0, 200));
        assertThat(released.status()).isEqualTo(Status.RELEASED);
        assertThat(released.portions()).isEmpty();
        assertThat(released.busyMillis()).isEqualTo(100 + 90);
        assertThat(TrialFold.after(both, new RunEvent.TrialFailed(0, "poison", 200))
                        .status())
                .isEqualTo(Status.FAILED);
    }

    @Test
    void whatNobodyAskedForIsNoAttemptAndIsCountedApart() {
        RunEvent lease = new RunEvent.TrialLeased(0, 1, "w0", 100);
        RunEvent windows = new RunEvent.WindowsMeasured(0, 1, 0, new double[] {1, 2});
        TrialState unasked =
                TrialFold.afterUnasked(TrialFold.afterUnasked(TrialState.planned(0, SPEC), lease), windows);
        assertThat(unasked.leases()).isEqualTo(1);
        assertThat(unasked.attempts()).isZero();
        assertThat(unasked.nllNats()).containsExactly(1, 2);
        int tokens = SPEC.plan().windows().get(0).tokens()
                + SPEC.plan().windows().get(1).tokens();
        assertThat(unasked.speculatedTokens()).isEqualTo(tokens);
        assertThat(after(lease, windows).speculatedTokens()).isZero();
    }

    @Test
    void aJournalThatContradictsItselfIsRefused() {
        RunEvent lease = new RunEvent.TrialLeased(0, 1, "w0", 100);
        TrialState leased = after(lease);
        assertThatThrownBy(() -> TrialFold.after(leased, lease)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> TrialFold.after(leased, new RunEvent.WindowsMeasured(0, 1, 3, new double[] {1})))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("continues at window 3");
        assertThatThrownBy(() -> TrialFold.after(leased, new RunEvent.PortionLeased(0, 2, "w1", 4, 8, 1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageEndingWith("out of the midst of attempt 1");
    }

    @Test
    void whatHappensToNoTrialIsRefused() {
        assertThatThrownBy(() -> after(new RunEvent.RunBegun(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("RunBegun");
    }
}
