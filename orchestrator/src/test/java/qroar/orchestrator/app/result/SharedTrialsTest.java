package qroar.orchestrator.app.result;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import qroar.experiments.stopping.Verdict;
import qroar.experiments.study.TrialRequest;
import qroar.experiments.trial.Standing;
import qroar.orchestrator.app.TwoBandStudy;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.state.RunPlan;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.reports.model.Failure;
import qroar.reports.model.TrialRow;

/** Runs written out event by event: what was saved, and what rows and failures say of trials that two studies share. */
class SharedTrialsTest {
    /** Two documents of 64 positions each, in windows of 16. */
    private static final int WINDOWS = 8;

    private static final int BASELINE_TOKENS = 128;

    private RunState state =
            RunState.of(new RunPlan("r", List.of(TwoBandStudy.named("a"), TwoBandStudy.named("b")), 3));

    private void happen(RunEvent... events) {
        for (RunEvent event : events) {
            state = state.apply(event);
        }
    }

    /** Plans what a study asks for under a label; the number of the request. */
    private int ask(int study, String label) {
        TrialRequest wanted = state.progress().get(study).wanted().stream()
                .filter(request -> request.label().equals(label))
                .findFirst()
                .orElseThrow();
        Integer known = state.trialNumber(wanted.spec().key());
        int trial = known == null ? state.trials().size() : known;
        happen(new RunEvent.RequestPlanned(
                study, label, trial, wanted.spec().key().hex(), wanted.windowLimit()));
        return state.requests().size() - 1;
    }

    private void measure(int trial, int windows) {
        double[] losses = new double[windows];
        Arrays.fill(losses, 20);
        happen(new RunEvent.TrialLeased(trial, 1, "w", 1_000), new RunEvent.WindowsMeasured(trial, 1, 0, losses));
    }

    private void finish(int trial) {
        int windows = state.trial(trial).spec().plan().windows().size();
        measure(trial, windows);
        happen(new RunEvent.TrialFinished(trial, 1, 128, 1, 3_000));
    }

    /** The first study's diagnostics and baseline, so that it asks for candidates. */
    private void beginSearch() {
        for (String label : List.of("baseline", "unquantized/long", "unquantized/short")) {
            int request = ask(0, label);
            finish(state.request(request).trial());
            happen(new RunEvent.RequestMeasured(request));
        }
    }

    private RunCosts.Saved saved() {
        return RunCosts.Saved.of(state);
    }

    @Test
    void stoppingSavesWhatWasWantedOfATrialAndNotRead() {
        happen(new RunEvent.RunBegun(1));
        beginSearch();
        assertThat(saved()).isEqualTo(new RunCosts.Saved(0, 0));

        List<String> candidates = state.progress().get(0).wanted().stream()
                .map(TrialRequest::label)
                .filter(label -> label.startsWith("pass-"))
                .toList();
        Verdict verdict = new Verdict(true, -1, -0.5, 1);
        int first = ask(0, candidates.get(0));
        measure(state.request(first).trial(), 2);
        happen(new RunEvent.RequestStopped(first, 2, verdict));
        happen(new RunEvent.TrialReleased(state.request(first).trial(), 2_000));
        // Two windows of 16 of the 128 tokens were read.
        assertThat(saved()).isEqualTo(new RunCosts.Saved(96, 0));

        int second = ask(0, candidates.get(1));
        measure(state.request(second).trial(), 5);
        happen(new RunEvent.RequestStopped(second, 5, verdict));
        // The first document's 64 and 16 of the second; while the trial is leased more may come.
        assertThat(saved()).isEqualTo(new RunCosts.Saved(96, 0));
        happen(new RunEvent.TrialReleased(state.request(second).trial(), 2_000));
        assertThat(saved()).isEqualTo(new RunCosts.Saved(96 + 48, 0));
    }

    @Test
    void sharingSavesWhatRequestsRestOnBeyondWhatWasMeasured() {
        happen(new RunEvent.RunBegun(1));
        int first = ask(0, "baseline");
        int second = ask(1, "baseline");
        assertThat(state.trials()).hasSize(1);
        finish(0);
        happen(new RunEvent.RequestMeasured(first));
        assertThat(saved()).isEqualTo(new RunCosts.Saved(0, 0));
        happen(new RunEvent.RequestMeasured(second));
        assertThat(saved()).isEqualTo(new RunCosts.Saved(0, BASELINE_TOKENS));

        int reused = ask(0, "held-out/baseline");
        double[] losses = new double[WINDOWS];
        Arrays.fill(losses, 20);
        happen(
                new RunEvent.TrialReused(state.request(reused).trial(), losses, List.of()),
                new RunEvent.RequestMeasured(reused));
        assertThat(saved()).isEqualTo(new RunCosts.Saved(0, BASELINE_TOKENS + 128));

        List<TrialRow> rows = new TrialRows(state).rows();
        assertThat(rows).extracting(TrialRow::attempts).containsExactly(1, 1, 0);
        assertThat(rows)
                .extracting(TrialRow::state)
                .containsExactly(Standing.FINISHED, Standing.SHARED, Standing.SHARED);
        assertThat(rows).extracting(TrialRow::forwardTokens).containsExactly(128L, 0L, 0L);
    }

    @Test
    void aSharedTrialThatFailedHasItsAttemptsInEveryRowAndEveryFailure() {
        happen(new RunEvent.RunBegun(1));
        int first = ask(0, "baseline");
        int second = ask(1, "baseline");
        for (int attempt = 1; attempt <= 2; attempt++) {
            happen(
                    new RunEvent.TrialLeased(0, attempt, "w", 1_000),
                    new RunEvent.AttemptFailed(0, attempt, "overflow", 2_000));
        }
        happen(
                new RunEvent.TrialLeased(0, 3, "w", 1_000),
                new RunEvent.TrialFailed(0, "overflow", 2_000),
                new RunEvent.RequestFailed(first, "overflow"),
                new RunEvent.RequestFailed(second, "overflow"));

        TrialRows rows = new TrialRows(state);
        assertThat(rows.rows()).extracting(TrialRow::attempts).containsExactly(3, 3);
        assertThat(rows.failures()).extracting(Failure::attempts).containsExactly(3, 3);
        assertThat(rows.rows()).extracting(TrialRow::state).containsOnly(Standing.FAILED);
    }

    @Test
    void aTrialThatFinishedAfterAFailedAttemptCountsBothAndHasNoCause() {
        happen(new RunEvent.RunBegun(1));
        int request = ask(0, "baseline");
        happen(
                new RunEvent.TrialLeased(0, 1, "w", 1_000),
                new RunEvent.AttemptFailed(0, 1, "overflow", 2_000),
                new RunEvent.TrialLeased(0, 2, "w", 3_000),
                new RunEvent.WindowsMeasured(0, 2, 0, new double[WINDOWS]),
                new RunEvent.TrialFinished(0, 2, 128, 1, 4_000),
                new RunEvent.RequestMeasured(request));

        TrialRows rows = new TrialRows(state);
        assertThat(rows.rows()).singleElement().satisfies(row -> {
            assertThat(row.attempts()).isEqualTo(2);
            assertThat(row.state()).isEqualTo(Standing.FINISHED);
            assertThat(row.cause()).isNull();
            assertThat(row.seconds()).isEqualTo(2);
        });
        assertThat(rows.failures()).isEmpty();
    }

    /** One attempt followed a failure; the others went on with what was given back, and with what a killed process left. */
    @Test
    void onlyWhatFollowsAFailureIsTriedAgain() {
        happen(new RunEvent.RunBegun(1));
        int request = ask(0, "baseline");
        happen(
                new RunEvent.TrialLeased(0, 1, "w", 1_000),
                new RunEvent.AttemptFailed(0, 1, "overflow", 2_000),
                new RunEvent.TrialLeased(0, 2, "w", 3_000),
                new RunEvent.AttemptDeclined(0, 2, "its worker ends", 4_000),
                new RunEvent.TrialLeased(0, 3, "w", 5_000),
                new RunEvent.WindowsMeasured(0, 3, 0, new double[2]),
                new RunEvent.RunResumed(6_000),
                new RunEvent.TrialLeased(0, 4, "w", 7_000),
                new RunEvent.WindowsMeasured(0, 4, 2, new double[WINDOWS - 2]),
                new RunEvent.TrialFinished(0, 4, 128, 1, 8_000),
                new RunEvent.RequestMeasured(request));

        assertThat(state.trial(0).attempts()).isEqualTo(4);
        assertThat(RunCosts.of(state).retries()).isEqualTo(1);
        assertThat(RunCosts.of(state).continuations()).isEqualTo(2);
    }
}
