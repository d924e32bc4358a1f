package qroar.orchestrator.coordinator;

import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.cache.CachedTrial;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.protocol.message.CoordinatorMessage;
import qroar.protocol.message.Lease;
import qroar.protocol.message.WorkerMessage;
import qroar.protocol.message.WorkerProfile;
import qroar.protocol.trial.Measurement;

/** What the coordinator hears. */
public sealed interface CoordinatorCommand {
    /** Asks for the state as it is now. */
    record Describe(ActorRef<RunView> replyTo) implements CoordinatorCommand {}

    /** Asks to end every lease and stop; answered with the last state, when nothing more will be written. */
    record Stop(String reason, ActorRef<RunView> replyTo) implements CoordinatorCommand {}

    /**
     * The run as it is, and who works on it.
     *
     * @param workers everyone enlisted now
     * @param measuredWindows windows that this process made durable since it started
     * @param measuredTokens scored tokens in them
     */
    record RunView(RunState state, List<WorkerProfile> workers, long measuredWindows, long measuredTokens) {
        public RunView {
            workers = List.copyOf(workers);
        }
    }

    /** From a worker. */
    record FromWorker(CoordinatorMessage message) implements CoordinatorCommand {}

    /** A worker's actor is gone. */
    record WorkerLost(ActorRef<WorkerMessage> worker) implements CoordinatorCommand {}

    /** Recovery is over. */
    record Begin() implements CoordinatorCommand {}

    /** What the cache of earlier runs says of a trial: null when it does not know it. */
    record CacheAnswered(int trial, @Nullable CachedTrial cached) implements CoordinatorCommand {}

    /** A measurement stream begins. */
    record StreamOpened(Lease lease, ActorRef<StreamAck> ackTo) implements CoordinatorCommand {}

    /** The next measurements of a lease, acknowledged once they are durable. */
    record Measured(Lease lease, List<Measurement> batch, ActorRef<StreamAck> ackTo) implements CoordinatorCommand {}

    /** A measurement stream ended; the failure is null when it completed. */
    record StreamClosed(Lease lease, @Nullable Throwable failure) implements CoordinatorCommand {}

    /** A stream broke on its way; its worker had time to say why and did not. */
    record Unexplained(Lease lease, String cause) implements CoordinatorCommand {}

    /** Time is up for the answer to an assignment. */
    record StartDue(Lease lease) implements CoordinatorCommand {}

    /** Workers that were expected to ask for work may not have: what waited for them is looked at again. */
    record AskingTimeOver() implements CoordinatorCommand {}

    /** Lets a measurement stream send its next batch. */
    enum StreamAck {
        DURABLE
    }
}
