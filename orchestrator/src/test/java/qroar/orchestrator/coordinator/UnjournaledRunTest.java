package qroar.orchestrator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import qroar.experiments.search.SearchSettings.Start;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.experiments.study.Study;
import qroar.orchestrator.coordinator.UnjournaledRun.Share;
import qroar.orchestrator.coordinator.state.Faults;
import qroar.orchestrator.coordinator.state.RequestState;
import qroar.orchestrator.coordinator.state.RunPlan;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.coordinator.state.SimulatedRun;
import qroar.orchestrator.coordinator.state.SyntheticTrials;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.trial.Measurement;

class UnjournaledRunTest {
    private static final SyntheticTrials TRIALS = new SyntheticTrials();

    static Stream<Arguments> searches() {
        return Stream.of(Strategy.values())
                .flatMap(strategy -> Stream.of(Start.values())
                        .flatMap(start ->
                                Stream.of(Rule.values()).map(rule -> Arguments.of(study(strategy, start, rule)))));
    }

    private static Study study(Strategy strategy, Start start, Rule rule) {
        String id = strategy + "-" + start + "-" + rule;
        return SyntheticTrials.study(id, 2, strategy, start, rule, ScaleMode.SHARED, SyntheticTrials.RTN);
    }

    @ParameterizedTest
    @MethodSource("searches")
    void asksForTheTrialsOfAnyRunAndComesToTheSameEnd(Study study) throws InterruptedException {
        UnjournaledRun run = UnjournaledRun.begin(study);
        work(run);

        RunPlan plan = new RunPlan("simulated", List.of(study), 3);
        RunState product = new SimulatedRun(plan, TRIALS, spec -> false, new Random(17), new Faults(0, 0, 0, 0, 0.5))
                .run()
                .state();
        assertThat(asked(run.state())).isEqualTo(asked(product));
        assertThat(windows(run.state())).isEqualTo(windows(product));
        assertThat(run.state().progress().get(0).outcome())
                .isEqualTo(product.progress().get(0).outcome());
    }

    @Test
    void manyThreadsShareTheTrialsAndEndTogether() throws Exception {
        Study study = study(Strategy.COORDINATE, Start.GRADIENT, Rule.PAIRED_T);
        UnjournaledRun alone = UnjournaledRun.begin(study);
        work(alone);
        UnjournaledRun shared = UnjournaledRun.begin(study);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Void>> work = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                work.add(() -> {
                    work(shared);
                    return null;
                });
            }
            for (Future<Void> each : threads.invokeAll(work)) {
                each.get();
            }
        } finally {
            threads.shutdownNow();
        }

        assertThat(asked(shared.state())).isEqualTo(asked(alone.state()));
        assertThat(windows(shared.state())).isEqualTo(windows(alone.state()));
    }

    @Test
    void whatNobodyWantsIsLeftWaiting() throws InterruptedException {
        UnjournaledRun run = UnjournaledRun.begin(study(Strategy.COORDINATE, Start.DIAGNOSTICS, Rule.NONE));
        Share share = run.take(label -> label.equals("baseline"));
        assertThat(share).isNotNull();
        assertThat(share.label()).isEqualTo("baseline");
        measure(run, share);

        assertThat(run.take(label -> label.equals("baseline"))).isNull();
        assertThat(run.state().queued()).isNotEmpty();
    }

    private static void work(UnjournaledRun run) throws InterruptedException {
        for (Share share = run.take(label -> true); share != null; share = run.take(label -> true)) {
            measure(run, share);
        }
    }

    private static void measure(UnjournaledRun run, Share share) {
        for (Measurement measurement : TRIALS.measurements(share.spec(), share.firstWindow())) {
            if (!run.measured(share, measurement)) {
                return;
            }
        }
    }

    private static Map<String, String> asked(RunState state) {
        Map<String, String> asked = new TreeMap<>();
        for (RequestState request : state.requests()) {
            asked.put(
                    request.label(),
                    request.settlement() + " after " + request.windowsUsed() + " of " + request.windowLimit());
        }
        return asked;
    }

    /**
     * Windows that had to be measured per trial. Batches bring a simulated run more than it decides on, so only what
     * requests rest on is compared.
     */
    private static Map<String, Integer> windows(RunState state) {
        Map<String, Integer> windows = new TreeMap<>();
        for (RequestState request : state.requests()) {
            windows.merge(state.trial(request.trial()).key().hex(), request.windowsUsed(), Math::max);
        }
        return windows;
    }
}
