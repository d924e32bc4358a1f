package qroar.orchestrator.app.run;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.app.input.ExperimentInput;
import qroar.orchestrator.app.process.Termination;
import qroar.orchestrator.app.worker.Seat;
import qroar.orchestrator.cache.TrialCache;
import qroar.orchestrator.coordinator.Coordinator;
import qroar.orchestrator.coordinator.CoordinatorCommand;
import qroar.orchestrator.coordinator.CoordinatorCommand.RunView;
import qroar.orchestrator.coordinator.CoordinatorSettings;
import qroar.orchestrator.coordinator.event.RunEventCatalog;
import qroar.orchestrator.coordinator.state.RunPlan;
import qroar.orchestrator.rundirectory.RunDirectory;

/** Coordinator and workers of one run in this process. The caller holds the run's lock. */
final class RunSession implements AutoCloseable {
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(60);
    private static final int MAX_ATTEMPTS = 3;

    private final ActorSystem<RunGuardian.WorkerEnds> system;
    private final ActorRef<CoordinatorCommand> coordinator;
    private final CompletableFuture<CoordinatorEnd> coordinatorGone;
    private final CompletableFuture<String> storageFault;

    private RunSession(
            ActorSystem<RunGuardian.WorkerEnds> system,
            ActorRef<CoordinatorCommand> coordinator,
            RunGuardian.Contacts contacts) {
        this.system = system;
        this.coordinator = coordinator;
        this.coordinatorGone = contacts.coordinatorGone();
        this.storageFault = contacts.storageFault();
    }

    /** @param membership of a cluster; empty for a process that lives alone and opens no port */
    static RunSession start(
            RunDirectory directory, ExperimentInput input, TrialCache cache, List<Seat> seats, Config membership) {
        Config config = RunJournal.of(directory)
                .config(RunEventCatalog.class)
                .withFallback(membership)
                .withFallback(ConfigFactory.load());
        RunPlan plan = plan(directory, input);
        RunGuardian.Contacts contacts = new RunGuardian.Contacts(
                new CompletableFuture<>(), new CompletableFuture<>(), new CompletableFuture<>());
        ActorSystem<RunGuardian.WorkerEnds> system = ActorSystem.create(
                RunGuardian.create(Coordinator.create(plan, cache, CoordinatorSettings.of(config)), seats, contacts),
                "qroar",
                config);
        return new RunSession(system, contacts.coordinator().join(), contacts);
    }

    public static RunPlan plan(RunDirectory directory, ExperimentInput input) {
        return new RunPlan(RunJournal.persistenceId(directory), input.plan().studies(), MAX_ATTEMPTS);
    }

    /** The run as it is; null when the coordinator is gone. */
    @Nullable RunView view() {
        return answer(CoordinatorCommand.Describe::new);
    }

    /** How the coordinator ended. */
    CoordinatorEnd coordinatorEnd() {
        return coordinatorGone.getNow(CoordinatorEnd.ASKED);
    }

    /** What a worker of this process met that no trial is to blame for; null while there is nothing. */
    @Nullable String storageFault() {
        return storageFault.getNow(null);
    }

    /** Ends every lease; the state as it stays in the journal, or null when the coordinator is gone already. */
    @Nullable RunView stop(String reason) {
        return answer(replyTo -> new CoordinatorCommand.Stop(reason, replyTo));
    }

    private @Nullable RunView answer(Function<ActorRef<RunView>, CoordinatorCommand> question) {
        CompletableFuture<RunView> answer = AskPattern.<CoordinatorCommand, RunView>ask(
                        coordinator, question::apply, ANSWER_WITHIN, system.scheduler())
                .toCompletableFuture();
        CompletableFuture.anyOf(answer, coordinatorGone)
                .exceptionally(failure -> null)
                .join();
        return answer.isDone() && !answer.isCompletedExceptionally() ? answer.join() : null;
    }

    @Override
    public void close() {
        Termination.of(system);
    }
}
