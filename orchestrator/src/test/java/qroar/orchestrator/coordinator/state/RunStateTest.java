package qroar.orchestrator.coordinator.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.experiments.study.Study;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.trial.MeasuredFacts;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.orchestrator.coordinator.trial.TrialState.Status;
import qroar.protocol.message.Lease;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.TrialCost;
import qroar.protocol.trial.WindowLoss;

class RunStateTest {
    private static final SyntheticTrials TRIALS = new SyntheticTrials();
    private static final Study STUDY = SyntheticTrials.study("a", 2, Strategy.COORDINATE, Rule.HALVING);
    private static final RunPlan PLAN = new RunPlan("run", List.of(STUDY), 3);
    private static final RunState BEGUN = RunDecisions.of(RunState.of(PLAN), List.of(new RunEvent.RunBegun(1)), 1)
            .state();
    private static final RunState LEASED = BEGUN.apply(new RunEvent.TrialLeased(0, 1, "w", 2));

    @Test
    void snapshotOfEveryPrefixOfARunRestoresItsState() {
        SimulatedRun run = new SimulatedRun(
                        PLAN, TRIALS, spec -> false, new Random(7), new Faults(0.01, 0.003, 0.01, 0.1, 0.5))
                .run();
        RunState state = RunState.of(PLAN);
        for (RunEvent event : run.journal()) {
            state = state.apply(event);
            SimulatedRun.assertSame(SimulatedRun.stored(state, PLAN), state);
        }
        assertThat(run.journal()).hasSizeGreaterThan(100);
    }

    @Test
    void journalThatContradictsItselfIsRefusedInWords() {
        refuses(BEGUN, new RunEvent.WindowsMeasured(0, 1, 3, new double[] {1}), "trial 0 holds 0 windows");
        refuses(BEGUN, new RunEvent.TrialLeased(99, 1, "w", 2), "names trial 99");
        refuses(BEGUN, new RunEvent.TrialLeased(-1, 1, "w", 2), "names trial -1");
        refuses(BEGUN, new RunEvent.TrialLeased(0, 2, "w", 2), "attempt 2");
        refuses(LEASED, new RunEvent.TrialLeased(0, 2, "w", 2), "LEASED");
        refuses(BEGUN, new RunEvent.RequestMeasured(99), "names request 99");
        refuses(BEGUN, new RunEvent.RequestMeasured(0), "16 windows of trial 0, which holds 0");
        refuses(BEGUN, new RunEvent.RequestPlanned(5, "x", 0, "", 1), "names study 5");
        refuses(BEGUN, new RunEvent.RequestPlanned(0, "x", 0, "", 1), "plans 'x', which study a does not want");
        RunState failed = BEGUN.apply(new RunEvent.RequestFailed(0, "no"));
        refuses(failed, new RunEvent.RequestFailed(0, "no"), "settles request 0 twice");
    }

    /** Its key is believed only where the checksum says that the experiment is the one it was planned for. */
    @Test
    void aTrialOfAnotherExperimentIsRefusedWithAndWithoutAChecksum() {
        RunEvent.RequestPlanned planned = (RunEvent.RequestPlanned) SimulatedRun.events(BEGUN).stream()
                .filter(RunEvent.RequestPlanned.class::isInstance)
                .findFirst()
                .orElseThrow();
        assertThat(planned.specChecksum()).isNotZero();
        RunState begun = RunState.of(PLAN).apply(new RunEvent.RunBegun(1));
        RunState again = begun.apply(planned);
        assertThat(again.trial(0).key().hex()).isEqualTo(planned.key());
        for (int checksum : new int[] {0, planned.specChecksum() + 1}) {
            refuses(
                    begun,
                    new RunEvent.RequestPlanned(0, planned.label(), 0, "ab".repeat(32), 16, checksum),
                    "with key abab");
        }
    }

    private static void refuses(RunState state, RunEvent event, String message) {
        assertThatThrownBy(() -> state.apply(event))
                .isInstanceOf(RuntimeException.class)
                .hasMessageContaining(message);
    }

    @Test
    void resultFromTheCacheReplacesWhatWasMeasured() {
        TrialState unquantized = LEASED.trials().stream()
                .filter(trial -> !TRIALS.complete(trial.spec()).layers().isEmpty())
                .findFirst()
                .orElseThrow();
        TrialState complete = TRIALS.complete(unquantized.spec());
        LayerActivations first = (LayerActivations) TRIALS.measurements(unquantized.spec()).stream()
                .filter(LayerActivations.class::isInstance)
                .findFirst()
                .orElseThrow();
        RunState reused = BEGUN.apply(
                        new RunEvent.WindowsMeasured(unquantized.number(), 1, 0, new double[] {complete.nllNats()[0]}))
                .apply(new RunEvent.LayerMeasured(unquantized.number(), 1, first))
                .apply(new RunEvent.TrialReused(
                        unquantized.number(),
                        complete.nllNats(),
                        List.copyOf(complete.layers().values())));

        TrialState trial = reused.trial(unquantized.number());
        assertThat(trial.status()).isEqualTo(Status.REUSED);
        assertThat(trial.nllNats()).isEqualTo(complete.nllNats());
        assertThat(trial.layers()).isEqualTo(complete.layers());
    }

    @Test
    void timeWhenNobodyRanIsNotCounted() {
        TrialState trial = LEASED.apply(new RunEvent.RunResumed(1_000_000)).trial(0);

        assertThat(trial.status()).isEqualTo(Status.QUEUED);
        assertThat(trial.busyMillis()).isZero();
        assertThat(trial.failures()).isZero();
    }

    @Test
    void batchThatRepeatsOrSkipsIsToldApart() throws Exception {
        int number = LEASED.trials().stream()
                .filter(t -> !TRIALS.complete(t.spec()).layers().isEmpty())
                .findFirst()
                .orElseThrow()
                .number();
        RunState leased = BEGUN.apply(new RunEvent.TrialLeased(number, 1, "w", 2));
        TrialState trial = leased.trial(number);
        Lease lease = new Lease(number, 1);
        List<Measurement> all = TRIALS.measurements(trial.spec());
        List<Measurement> twice = new ArrayList<>();
        for (Measurement measurement : all.subList(0, all.size() - 1)) {
            twice.add(measurement);
            twice.add(measurement);
        }
        twice.add(all.get(all.size() - 1));
        twice.add(new TrialCost(1, 1));

        RunState state = leased;
        for (RunEvent event : MeasuredFacts.of(trial, lease, twice, 5)) {
            state = state.apply(event);
        }
        TrialState measured = state.trial(trial.number());
        assertThat(measured.nllNats()).isEqualTo(TRIALS.losses(trial.spec()));
        assertThat(measured.layers()).isEqualTo(TRIALS.complete(trial.spec()).layers());
        assertThat(measured.forwardTokens()).isEqualTo(trial.spec().plan().forwardTokens());

        outOfOrder(trial, lease, List.of(new WindowLoss(1, 16, 1)), "window 1 arrived where window 0");
        outOfOrder(trial, lease, List.of(new TrialCost(1, 1)), "its stream ended after window 0");
        LayerActivations alien = new LayerActivations(0, 0, List.of(), List.of(), List.of(), List.of());
        outOfOrder(trial, lease, List.of(alien), "do not fit");
    }

    private static void outOfOrder(TrialState trial, Lease lease, List<Measurement> batch, String message) {
        assertThatThrownBy(() -> MeasuredFacts.of(trial, lease, batch, 5))
                .isInstanceOf(MeasuredFacts.OutOfOrderException.class)
                .hasMessageContaining(message);
    }
}
