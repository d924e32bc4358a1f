package qroar.orchestrator.coordinator.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.experiments.study.Study;
import qroar.orchestrator.coordinator.dispatch.ConstantSpeedRun.Grain;
import qroar.orchestrator.coordinator.state.RunPlan;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.coordinator.state.RunState.StudyLabel;
import qroar.orchestrator.coordinator.state.SequentialReference;
import qroar.orchestrator.coordinator.state.SequentialReference.Answer;
import qroar.orchestrator.coordinator.state.SyntheticTrials;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.RtnQuantization;

/**
 * How much faster more workers are, in virtual time, and that they find the same. Prints the table of
 * docs/orchestration-cost.md; with {@code -Dtable=true} all of it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public class GrainTest {
    private static final SyntheticTrials TRIALS = new SyntheticTrials();
    private static final boolean TABLE = Boolean.getBoolean("table");

    private final ActorTestKit kit = ActorTestKit.create("grain");

    @AfterAll
    void end() {
        kit.shutdownTestKit();
    }

    /** How many times as fast as one worker each number of them is. */
    private Map<Integer, Double> speedups(String name, List<Study> studies, int... few) {
        RunPlan plan = new RunPlan("grain", studies, 3);
        SequentialReference alone = SequentialReference.of(studies, TRIALS, spec -> false);
        Map<Integer, Double> speedups = new HashMap<>();
        long one = 0;
        for (int workers : TABLE ? new int[] {1, 2, 4, 8, 16} : few) {
            ConstantSpeedRun byTrial = new ConstantSpeedRun(kit, plan, TRIALS, workers, Grain.TRIAL).run();
            ConstantSpeedRun run = new ConstantSpeedRun(kit, plan, TRIALS, workers, Grain.DOCUMENT).run();
            requireSame(byTrial.state(), alone);
            requireSame(run.state(), alone);
            one = one == 0 ? run.ticks() : one;
            speedups.put(workers, (double) one / run.ticks());
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %d | %d | %.2f | %.2f | %.0f %% | %.1f %% | %d |%n",
                    name,
                    workers,
                    run.ticks(),
                    (double) one / byTrial.ticks(),
                    (double) one / run.ticks(),
                    100 * run.idleShare(),
                    100 * run.wastedShare(),
                    run.leases());
            if (workers == 1) {
                assertThat(run.leases()).isEqualTo(byTrial.leases());
                assertThat(run.ticks()).isEqualTo(byTrial.ticks());
                assertThat(run.wastedShare()).isZero();
            }
        }
        return speedups;
    }

    private static void requireSame(RunState state, SequentialReference alone) {
        Map<StudyLabel, Answer> answers = new HashMap<>();
        state.requests()
                .forEach(r -> answers.put(
                        new StudyLabel(r.study(), r.label()),
                        new Answer(r.settlement(), r.windowsUsed(), r.verdict())));
        assertThat(answers).isEqualTo(alone.answers());
        for (int study = 0; study < alone.outcomes().size(); study++) {
            assertThat(state.progress().get(study).outcome())
                    .isEqualTo(alone.outcomes().get(study));
        }
    }

    public static List<Study> study(Strategy strategy) {
        return List.of(
                SyntheticTrials.ofTenDocuments("a", 6, strategy, Rule.CONFIDENCE_SEQUENCE, 4, SyntheticTrials.RTN));
    }

    @Test
    void oneStudyOfTenDocumentsKeepsEightWorkersBusy() {
        for (Strategy strategy : List.of(Strategy.COORDINATE, Strategy.LINE)) {
            Map<Integer, Double> speedups = speedups("one study, " + strategy.word(), study(strategy), 1, 2, 4, 8);

            assertThat(speedups.get(2)).isGreaterThan(1.8);
            assertThat(speedups.get(4)).isGreaterThan(3);
            assertThat(speedups.get(8)).isGreaterThan(4.5);
        }
    }

    /** Its steps wait for each other and read one or two documents; who has nothing to do measures what may be asked for next. */
    @Test
    void oneStudyThatReadsFewDocumentsAtEachStepKeepsEightWorkersBusyToo() {
        Map<Integer, Double> speedups = speedups("one study, parabolic", study(Strategy.PARABOLIC), 1, 2, 4, 8);

        assertThat(speedups.get(2)).isGreaterThan(1.8);
        assertThat(speedups.get(4)).isGreaterThan(3);
        assertThat(speedups.get(8)).isGreaterThan(4.5);
    }

    public static List<Study> sweep() {
        List<Study> sweep = new ArrayList<>();
        for (int bits : new int[] {3, 4}) {
            for (int group : new int[] {32, 64, 128}) {
                for (double factor : new double[] {2, 4, 8, 16}) {
                    sweep.add(SyntheticTrials.ofTenDocuments(
                            bits + "-" + group + "-" + factor,
                            6,
                            Strategy.PARABOLIC,
                            Rule.CONFIDENCE_SEQUENCE,
                            factor,
                            new QuantizationSpec(new RtnQuantization(bits, group), null, 0)));
                }
            }
        }
        return sweep;
    }

    @Test
    void aSweepKeepsEightWorkersBusy() {
        Map<Integer, Double> speedups = speedups("sweep of 24 studies, parabolic", sweep(), 1, 8);

        assertThat(speedups.get(8)).isGreaterThan(7.5);
    }
}
