package qroar.orchestrator.coordinator.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import qroar.experiments.objective.Aim;
import qroar.experiments.search.SearchSettings.Common;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.experiments.study.Study;
import qroar.experiments.study.StudyOutcome;
import qroar.experiments.trial.Control;
import qroar.experiments.trial.Ending;
import qroar.orchestrator.coordinator.state.RunState.Phase;
import qroar.orchestrator.coordinator.state.RunState.StudyLabel;
import qroar.orchestrator.coordinator.state.SequentialReference.Answer;
import qroar.orchestrator.coordinator.trial.AheadRun;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.orchestrator.coordinator.trial.TrialState.Status;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.trial.TrialSpec;

/**
 * Whatever the schedule, a run comes to what its studies come to alone. {@code -Dseed=N} replays one schedule, {@code
 * -Dschedules=N} runs more of them than a build does.
 */
class RunSimulationTest {
    private static final SyntheticTrials TRIALS = new SyntheticTrials();
    private static final Predicate<TrialSpec> HARMLESS = spec -> false;
    /** Every candidate that shrinks pair 0, and no baseline. */
    private static final Predicate<TrialSpec> SHRUNK = spec -> spec.scales().queryPairScales()[0] < 0.9;

    private static final List<Scenario> SCENARIOS = List.of(
            scenario(
                    "shared baselines",
                    HARMLESS,
                    study("a", 2, Strategy.COORDINATE, Rule.PAIRED_T),
                    study("b", 3, Strategy.PARABOLIC, Rule.CONFIDENCE_SEQUENCE)),
            scenario(
                    "shared candidates, other rules",
                    HARMLESS,
                    study("a", 2, Strategy.COORDINATE, Rule.CONFIDENCE_SEQUENCE),
                    study("b", 2, Strategy.LINE, Rule.NONE),
                    study("c", 2, Strategy.COORDINATE, Rule.BETTING)),
            scenario(
                    "halving beside full evaluation",
                    HARMLESS,
                    study("a", 2, Strategy.COORDINATE, Rule.HALVING),
                    study("b", 2, Strategy.JOINT, Rule.HALVING),
                    study("c", 2, Strategy.COORDINATE, Rule.NONE)),
            scenario(
                    "nothing to search, nothing quantized",
                    HARMLESS,
                    SyntheticTrials.study(
                            "a", 2, Strategy.COORDINATE, Rule.PAIRED_T, ScaleMode.SYMMETRIC, SyntheticTrials.RTN),
                    SyntheticTrials.study(
                            "b", 2, Strategy.COORDINATE, Rule.PAIRED_T, ScaleMode.SHARED, QuantizationSpec.NONE),
                    study("c", 2, Strategy.LINE, Rule.HALVING)),
            scenario(
                    "one scale for all bands first, and controls",
                    HARMLESS,
                    study("a", 2, Strategy.LINE, Rule.PAIRED_T).withControls(List.of(Control.values()), Common.START),
                    study("b", 2, Strategy.PARABOLIC, Rule.NONE).withControls(List.of(Control.COMMON), Common.CONTROL)),
            scenario(
                    "models that are put to tasks",
                    HARMLESS,
                    SyntheticTrials.with(
                            study("a", 2, Strategy.PARABOLIC, Rule.PAIRED_T),
                            SyntheticTrials.task("needles", 5),
                            SyntheticTrials.task("questions", 9)),
                    SyntheticTrials.with(
                            SyntheticTrials.study(
                                    "b",
                                    2,
                                    Strategy.COORDINATE,
                                    Rule.PAIRED_T,
                                    ScaleMode.SYMMETRIC,
                                    SyntheticTrials.RTN),
                            SyntheticTrials.task("needles", 5))),
            scenario(
                    "needles, and a mixture of them with texts",
                    HARMLESS,
                    SyntheticTrials.seeking(
                            study("a", 2, Strategy.PARABOLIC, Rule.CONFIDENCE_SEQUENCE)
                                    .withControls(List.of(Control.COMMON), Common.CONTROL),
                            Aim.NEEDLE),
                    SyntheticTrials.seeking(study("b", 2, Strategy.COORDINATE, Rule.PAIRED_T), new Aim(0.4)),
                    study("c", 2, Strategy.COORDINATE, Rule.PAIRED_T)),
            scenario(
                    "a poisonous trial",
                    SHRUNK,
                    study("a", 2, Strategy.PARABOLIC, Rule.PAIRED_T),
                    study("b", 2, Strategy.COORDINATE, Rule.HALVING)));

    private record Scenario(String name, List<Study> studies, Predicate<TrialSpec> poisonous, SequentialReference ref) {
        RunPlan plan() {
            return new RunPlan("simulated", studies, 3);
        }
    }

    private static Scenario scenario(String name, Predicate<TrialSpec> poisonous, Study... studies) {
        List<Study> all = List.of(studies);
        return new Scenario(name, all, poisonous, SequentialReference.of(all, TRIALS, poisonous));
    }

    private static Study study(String id, int bands, Strategy strategy, Rule rule) {
        return SyntheticTrials.study(id, bands, strategy, rule);
    }

    @Test
    void everyScheduleComesToTheSameDecisions() {
        Long one = Long.getLong("seed");
        long first = one == null ? 1 : one;
        int schedules = one == null ? Integer.getInteger("schedules", 250) : 1;
        long events = 0;
        long restarts = 0;
        long speculated = 0;
        for (long seed = first; seed < first + schedules; seed++) {
            Scenario scenario = SCENARIOS.get((int) Math.floorMod(seed, (long) SCENARIOS.size()));
            Random random = new Random(seed);
            SimulatedRun run =
                    new SimulatedRun(scenario.plan(), TRIALS, scenario.poisonous(), random, Faults.drawn(random));
            try {
                check(run.run(), scenario);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError(scenario.name() + ": replay with -Dseed=" + seed, e);
            }
            events += run.journal().size();
            restarts += run.restarts();
            speculated += run.speculated();
        }
        assertThat(one != null || speculated > 0).isTrue();
        System.out.printf(
                "%d schedules, %d events, %d restarts, %d trials measured before anybody asked%n",
                schedules, events, restarts, speculated);
    }

    @Test
    void scenariosHoldEveryKindOfAnswer() {
        Set<Ending> seen = new HashSet<>();
        SCENARIOS.forEach(s ->
                s.ref().answers().values().forEach(a -> seen.add(java.util.Objects.requireNonNull(a.settlement()))));

        assertThat(seen).containsExactlyInAnyOrder(Ending.values());
        assertThat(SCENARIOS.stream().flatMap(s -> s.ref().outcomes().stream()))
                .anyMatch(outcome -> !outcome.scales().isIdentity())
                .anyMatch(outcome -> outcome.scales().isIdentity())
                .anyMatch(outcome ->
                        outcome.shares() != null && outcome.controls().size() == Control.values().length);
    }

    private static void check(SimulatedRun run, Scenario scenario) {
        RunState end = run.state();
        assertThat(end.phase()).isEqualTo(Phase.FINISHED);
        assertThat(end.requestTable().openByTrial()).isEmpty();
        for (RequestState request : end.requests()) {
            StudyLabel label = new StudyLabel(request.study(), request.label());
            assertThat(new Answer(request.settlement(), request.windowsUsed(), request.verdict()))
                    .as("%s", label)
                    .isEqualTo(scenario.ref().answers().get(label));
        }
        assertThat(end.requestTable().byLabel().keySet())
                .isEqualTo(scenario.ref().answers().keySet());
        for (int study = 0; study < scenario.studies().size(); study++) {
            StudyOutcome outcome = end.progress().get(study).outcome();
            assertThat(outcome).isEqualTo(scenario.ref().outcomes().get(study));
        }
        checkTrials(run, end, scenario);
    }

    private static void checkTrials(SimulatedRun run, RunState end, Scenario scenario) {
        var durable = run.durableWindows();
        Set<Object> keys = new HashSet<>();
        for (TrialState trial : end.trials()) {
            assertThat(keys.add(trial.key())).as("one trial per key").isTrue();
            assertThat(trial.status()).isIn(Status.FINISHED, Status.RELEASED, Status.REUSED, Status.FAILED);
            boolean wasAsked = end.requests().stream().anyMatch(request -> request.trial() == trial.number());
            assertThat(trial.status() == Status.FAILED)
                    .isEqualTo(wasAsked && scenario.poisonous().test(trial.spec()));
            assertThat(trial.failures()).isLessThanOrEqualTo(3);
            assertThat(trial.busyMillis()).isNotNegative();
            double[] expected = TRIALS.losses(trial.spec());
            assertThat(trial.nllNats()).isEqualTo(Arrays.copyOf(expected, trial.windows()));
            assertThat(durable.getOrDefault(trial.number(), 0))
                    .isEqualTo(trial.evidence().measured());
            for (AheadRun ahead : trial.ahead()) {
                assertThat(ahead.nllNats())
                        .isEqualTo(Arrays.copyOfRange(expected, ahead.firstWindow(), ahead.toWindow()));
            }
            if (trial.isComplete()) {
                assertThat(trial.layers())
                        .isEqualTo(TRIALS.complete(trial.spec()).layers());
                assertThat(trial.gradients())
                        .isEqualTo(TRIALS.complete(trial.spec()).gradients());
                assertThat(trial.windows()).isEqualTo(expected.length);
            }
        }
    }
}
