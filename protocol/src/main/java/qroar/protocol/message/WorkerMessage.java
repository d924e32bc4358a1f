package qroar.protocol.message;

import org.apache.pekko.actor.typed.ActorRef;
import qroar.protocol.trial.TrialSpec;

/** What the coordinator says to a worker. */
public sealed interface WorkerMessage {
    /**
     * Run this trial, to its end unless a {@link Curtail} follows.
     *
     * @param firstWindow index of the first window that is still wanted; earlier ones are already durable
     */
    record Assign(ActorRef<CoordinatorMessage> coordinator, Lease lease, TrialSpec spec, int firstWindow)
            implements WorkerMessage {}

    /**
     * Others measure the windows from there on: end before them, with what the lease has cost, as if the plan ended there.
     * Said right after an assignment of less than the rest of a trial, and again when documents that were not begun go to
     * another worker. Never takes windows back. Ignored when it is not the current lease.
     *
     * @param toWindow index after the last window that is still wanted of this lease
     */
    record Curtail(Lease lease, int toWindow) implements WorkerMessage {}

    /** The result of this lease is no longer wanted: stop within one block. Ignored when it is not the current one. */
    record Cancel(Lease lease, String reason) implements WorkerMessage {}

    /** There will be no more work; finish. */
    record Retire(String reason) implements WorkerMessage {}
}
