package qroar.orchestrator.app.bench;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import qroar.orchestrator.cache.TrialCache;
import qroar.orchestrator.coordinator.Coordinator;
import qroar.orchestrator.coordinator.CoordinatorCommand;
import qroar.orchestrator.coordinator.CoordinatorCommand.RunView;
import qroar.orchestrator.coordinator.CoordinatorSettings;
import qroar.orchestrator.coordinator.event.RunEventCatalog;
import qroar.orchestrator.coordinator.state.RunPlan;
import qroar.orchestrator.journal.JournalConfig;
import qroar.orchestrator.journal.JournalReader;
import qroar.orchestrator.journal.check.JournalDamage;
import qroar.protocol.message.WorkerProfile;
import qroar.workers.worker.TrialWorker;

/** A coordinator on its journal and cache, and workers without a model, as one process would start them. */
final class NoOpRun implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final Duration LOOK_EVERY = Duration.ofMillis(5);
    private static final long CACHE_BYTES = 1L << 30;

    private final List<NoOpTrials> measurers = new ArrayList<>();
    private final CompletableFuture<ActorRef<CoordinatorCommand>> coordinator = new CompletableFuture<>();
    private final ActorSystem<Void> system;

    NoOpRun(RunPlan plan, Path journal, Path cacheFolder, int workers) {
        requireSound(plan.runId(), journal);
        Config config = JournalConfig.embedded(journal, RunEventCatalog.class).withFallback(ConfigFactory.load());
        TrialCache cache = TrialCache.open(cacheFolder, CACHE_BYTES);
        for (int w = 0; w < workers; w++) {
            measurers.add(new NoOpTrials());
        }
        system = ActorSystem.create(
                Behaviors.setup(context -> {
                    coordinator.complete(context.spawn(
                            Coordinator.create(plan, cache, CoordinatorSettings.of(config)), "coordinator"));
                    for (int w = 0; w < workers; w++) {
                        WorkerProfile profile = new WorkerProfile("no-op-" + w, "none", 1, 0, "none");
                        context.spawn(TrialWorker.create(profile, measurers.get(w)), "worker-" + w);
                    }
                    return Behaviors.empty();
                }),
                "qroar",
                config);
    }

    /** As a run that is taken up does. */
    private static void requireSound(String run, Path journal) {
        if (Files.exists(journal)) {
            try (JournalReader reader = JournalReader.open(journal, new RunEventCatalog().catalog())) {
                JournalDamage damage =
                        reader.check(run, JournalReader.Depth.CHECKSUMS).damage();
                if (damage != null) {
                    throw damage;
                }
            }
        }
    }

    /** Trials begun. */
    long trials() {
        return measurers.stream().mapToLong(NoOpTrials::trials).sum();
    }

    /** {@link System#nanoTime} of the first trial that a worker began; 0 before. */
    long begunAt() {
        return measurers.stream()
                .mapToLong(NoOpTrials::firstOpenedAt)
                .filter(at -> at != 0)
                .min()
                .orElse(0);
    }

    /** What each worker waited between two trials, ascending. */
    long[] idleNanos() {
        return measurers.stream()
                .flatMapToLong(measurer -> Arrays.stream(measurer.idleNanos()))
                .sorted()
                .toArray();
    }

    /** Polls: the measured actors have no part in it. Gives up when no trial begins for two minutes. */
    void await(BooleanSupplier condition) {
        long seen = trials();
        long changedAt = System.nanoTime();
        while (!condition.getAsBoolean()) {
            try {
                TimeUnit.NANOSECONDS.sleep(LOOK_EVERY.toNanos());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while measuring", e);
            }
            if (trials() != seen) {
                seen = trials();
                changedAt = System.nanoTime();
            } else if (System.nanoTime() - changedAt > PATIENCE.toNanos()) {
                throw new IllegalStateException("no trial began for " + PATIENCE.toSeconds() + " s");
            }
        }
    }

    void forgetIdleTimes() {
        measurers.forEach(NoOpTrials::forgetIdleTimes);
    }

    RunView view() {
        return ask(CoordinatorCommand.Describe::new);
    }

    /** Ends every lease; nothing is written any more after that. */
    RunView stop() {
        return ask(replyTo -> new CoordinatorCommand.Stop("enough", replyTo));
    }

    private RunView ask(Function<ActorRef<RunView>, CoordinatorCommand> question) {
        return AskPattern.<CoordinatorCommand, RunView>ask(
                        coordinator.join(), question::apply, PATIENCE, system.scheduler())
                .toCompletableFuture()
                .join();
    }

    @Override
    public void close() {
        system.terminate();
        system.getWhenTerminated()
                .toCompletableFuture()
                .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
    }
}
