package qroar.orchestrator.coordinator;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import qroar.orchestrator.cache.CachedTrial;
import qroar.orchestrator.cache.TrialCache;
import qroar.orchestrator.coordinator.CoordinatorCommand.CacheAnswered;
import qroar.orchestrator.coordinator.dispatch.WaitingTrials;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.coordinator.trial.MeasuredFacts;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.orchestrator.coordinator.trial.TrialState.Status;
import qroar.protocol.trial.TrialCost;

/**
 * The coordinator's side of the cache of trials: asks it what earlier runs know of the trials that wait, and gives it those
 * that are finished here. Each trial is asked about once in a process, the most urgent first, and handed to a worker only
 * when the cache does not know it. Confined to the actor; the cache works on threads of its own.
 */
final class EarlierResults {
    /** Bounds the results in memory at a time; more than the threads that look, so that none of them idles. */
    private static final int MAX_LOOKUPS = 32;

    private final ActorContext<CoordinatorCommand> context;
    private final WaitingTrials waiting;
    private final TrialCache cache;
    private final Executor blockingIo;
    private int lookups;

    EarlierResults(ActorContext<CoordinatorCommand> context, WaitingTrials waiting, TrialCache cache) {
        this.context = context;
        this.waiting = waiting;
        this.cache = cache;
        this.blockingIo = context.getSystem()
                .dispatchers()
                .lookup(DispatcherSelector.fromConfig("qroar.dispatchers.blocking-io"));
    }

    /** Asks about trials that wait and were not asked about; answers come as {@link CacheAnswered}. */
    void ask(RunState state) {
        while (lookups < MAX_LOOKUPS) {
            Integer trial = waiting.nextToAsk();
            if (trial == null) {
                return;
            }
            lookups++;
            look(state.trial(trial));
        }
    }

    private void look(TrialState trial) {
        // Answered in the other thread: an answer of null to an actor that has stopped breaks Pekko's dead letter log.
        CompletableFuture<CacheAnswered> answer = CompletableFuture.supplyAsync(
                () -> new CacheAnswered(trial.number(), cache.find(trial.key())), blockingIo);
        context.pipeToSelf(answer, (answered, failure) -> {
            if (failure == null) {
                return answered;
            }
            context.getLog().warn("cache lookup of trial {} failed: {}", trial.number(), failure.getMessage());
            return new CacheAnswered(trial.number(), null);
        });
    }

    /** Facts of an answer: none when the trial has to be measured, or was dealt with meanwhile. */
    List<RunEvent> answered(RunState state, CacheAnswered answer) {
        lookups--;
        TrialState trial = state.trial(answer.trial());
        CachedTrial cached = answer.cached();
        if (cached == null
                || cached.nllNats().length != trial.spec().plan().windows().size()) {
            waiting.unknown(answer.trial());
            return List.of();
        }
        if (trial.status() != Status.QUEUED) {
            waiting.askAgain(answer.trial());
            return List.of();
        }
        return MeasuredFacts.reused(
                trial, cached.nllNats(), cached.activations(), cached.gradients(), cached.comparisons());
    }

    /** Keeps a finished trial for later runs. */
    void keep(TrialState trial) {
        CachedTrial result = new CachedTrial(
                trial.nllNats(),
                List.copyOf(trial.layers().values()),
                List.copyOf(trial.gradients().values()),
                List.copyOf(trial.comparisons().values()),
                new TrialCost(trial.forwardTokens(), trial.computeNanos()));
        blockingIo.execute(() -> cache.store(trial.key(), result));
    }
}
