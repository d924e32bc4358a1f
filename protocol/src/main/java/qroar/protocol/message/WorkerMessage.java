package qroar.protocol.message;

import org.apache.pekko.actor.typed.ActorRef;
import qroar.protocol.trial.TrialSpec;

/** What the coordinator says to a worker. */
public sealed interface WorkerMessage {
    /**
     * Run this trial.
     *
     * @param firstWindow index of the first window that is still wanted; earlier ones are already durable
     */
    record Assign(ActorRef<CoordinatorMessage> coordinator, Lease lease, TrialSpec spec, int firstWindow)
            implements WorkerMessage {}

    /** The result of this lease is no longer wanted: stop within one block. Ignored when it is not the current one. */
    record Cancel(Lease lease, String reason) implements WorkerMessage {}

    /** There will be no more work; finish. */
    record Retire(String reason) implements WorkerMessage {}
}
