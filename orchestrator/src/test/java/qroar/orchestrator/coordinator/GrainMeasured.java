package qroar.orchestrator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.study.Study;
import qroar.experiments.study.StudyOutcome;
import qroar.experiments.study.StudyProgress;
import qroar.orchestrator.cache.TrialCache;
import qroar.orchestrator.coordinator.CoordinatorCommand.Describe;
import qroar.orchestrator.coordinator.CoordinatorCommand.RunView;
import qroar.orchestrator.coordinator.dispatch.ConstantSpeedRun;
import qroar.orchestrator.coordinator.dispatch.GrainTest;
import qroar.orchestrator.coordinator.event.RunEventCatalog;
import qroar.orchestrator.coordinator.state.RunPlan;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.coordinator.state.RunState.Phase;
import qroar.orchestrator.coordinator.state.SequentialReference;
import qroar.orchestrator.coordinator.state.SyntheticTrials;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.orchestrator.journal.JournalConfig;
import qroar.protocol.message.WorkerProfile;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.TrialSpec;
import qroar.protocol.trial.WindowLoss;
import qroar.protocol.trial.WindowSpan;
import qroar.workers.worker.Cancellation;
import qroar.workers.worker.CancelledTrialException;
import qroar.workers.worker.TrialMeasurer;
import qroar.workers.worker.TrialWorker;

/**
 * The table of {@link GrainTest} with the real coordinator on its journal, real worker actors and real time: workers that do
 * nothing but wait, as long as a token takes. No part of the build; -Dtick=MICROS is what a token takes, a document has 64;
 * -Dwhat and -Dworkers choose rows:
 *
 * <pre>mvn -Pquick -pl orchestrator -am test -Dtest=GrainMeasured -Dsurefire.failIfNoSpecifiedTests=false -Dtick=4000</pre>
 */
class GrainMeasured {
    private static final SyntheticTrials TRIALS = new SyntheticTrials();
    private static final Duration PATIENCE = Duration.ofSeconds(600);
    private static final long TICK_NANOS = Long.getLong("tick", 4_000) * 1_000;

    /** Strategies of one study, and {@code sweep}. */
    private static final List<String> WHAT =
            List.of(System.getProperty("what", "coordinate,line,parabolic").split(",", -1));

    private static final int[] WORKERS = Arrays.stream(
                    System.getProperty("workers", "1,2,4,8,16").split(",", -1))
            .mapToInt(Integer::parseInt)
            .toArray();

    @TempDir
    private Path folder = Path.of("");

    private final LongAdder busyNanos = new LongAdder();

    /** Waits for each window until the moment at which a reader of constant speed would have it. */
    private final class Waiting implements TrialMeasurer {
        @Override
        public Cursor open(TrialSpec spec, int firstWindow, Cancellation cancellation) {
            Iterator<Measurement> measurements =
                    TRIALS.measurements(spec, firstWindow).iterator();
            List<WindowSpan> windows = spec.plan().windows();
            return new Cursor() {
                private long due = System.nanoTime();

                @Override
                public @Nullable Measurement next() {
                    Measurement next = measurements.hasNext() ? measurements.next() : null;
                    while (next instanceof WindowLoss window && window.index() >= cancellation.toWindow()) {
                        next = measurements.next();
                    }
                    if (next instanceof WindowLoss window) {
                        read(ConstantSpeedRun.ticks(windows.get(window.index())) * TICK_NANOS, window.index());
                    }
                    return next;
                }

                private void read(long nanos, int window) {
                    due = Math.max(due, System.nanoTime() - nanos) + nanos;
                    long begun = System.nanoTime();
                    while (System.nanoTime() < due) {
                        LockSupport.parkNanos(Math.min(due - System.nanoTime(), 25_000_000));
                        if (cancellation.isRaised() || window >= cancellation.toWindow()) {
                            break;
                        }
                    }
                    busyNanos.add(System.nanoTime() - begun);
                    if (cancellation.isRaised()) {
                        throw new CancelledTrialException();
                    }
                }

                @Override
                public void close() {}
            };
        }
    }

    private double seconds(String name, List<Study> studies, int workers, List<StudyOutcome> expected)
            throws IOException {
        RunPlan plan = new RunPlan("grain", studies, 3);
        Path place = Files.createDirectory(folder.resolve(name.replace(' ', '-') + workers));
        ActorTestKit kit = ActorTestKit.create(
                "grain",
                JournalConfig.embedded(place.resolve("journal.db"), RunEventCatalog.class)
                        .withFallback(ConfigFactory.load()));
        try {
            busyNanos.reset();
            long begun = System.nanoTime();
            ActorRef<CoordinatorCommand> coordinator = kit.spawn(Coordinator.create(
                    plan,
                    TrialCache.open(place.resolve("cache"), 1L << 30),
                    new CoordinatorSettings(
                            Clock.systemUTC(),
                            System::nanoTime,
                            PATIENCE,
                            PATIENCE,
                            PATIENCE,
                            Duration.ofSeconds(15),
                            Duration.ofSeconds(2),
                            Duration.ofMillis(10),
                            2000)));
            for (int w = 0; w < workers; w++) {
                kit.spawn(
                        TrialWorker.create(new WorkerProfile("w" + w, "none", 1, 1L << 30, "constant"), new Waiting()));
            }
            TestProbe<RunView> probe = kit.createTestProbe();
            RunState state = null;
            while (state == null || state.phase() != Phase.FINISHED) {
                LockSupport.parkNanos(10_000_000);
                coordinator.tell(new Describe(probe.ref()));
                state = probe.receiveMessage(PATIENCE).state();
            }
            double wall = (System.nanoTime() - begun) / 1e9;
            List<StudyOutcome> outcomes =
                    state.progress().stream().map(StudyProgress::outcome).toList();
            assertThat(outcomes).isEqualTo(expected);
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %d | %.1f s | %.0f %% | %d |%n",
                    name,
                    workers,
                    wall,
                    100 * (1 - busyNanos.sum() / 1e9 / wall / workers),
                    state.trials().stream().mapToInt(TrialState::leases).sum());
            return wall;
        } finally {
            kit.shutdownTestKit();
        }
    }

    @Test
    void table() throws IOException {
        List<List<Study>> all = new ArrayList<>();
        for (Strategy strategy : List.of(Strategy.COORDINATE, Strategy.LINE, Strategy.PARABOLIC)) {
            if (WHAT.contains(strategy.word())) {
                all.add(GrainTest.study(strategy));
            }
        }
        if (WHAT.contains("sweep")) {
            all.add(GrainTest.sweep());
        }
        for (List<Study> studies : all) {
            List<StudyOutcome> expected =
                    SequentialReference.of(studies, TRIALS, spec -> false).outcomes();
            String name =
                    studies.size() + " " + studies.get(0).search().strategy().word();
            double one = Double.NaN;
            for (int workers : WORKERS) {
                double wall = seconds(name, studies, workers, expected);
                one = Double.isNaN(one) ? wall : one;
                System.out.printf(Locale.ROOT, "  x %.2f%n", one / wall);
            }
        }
    }
}
