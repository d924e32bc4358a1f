package qroar.protocol.message;

import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.receptionist.ServiceKey;
import org.apache.pekko.stream.SourceRef;
import qroar.protocol.trial.Measurement;

/** What a worker says to the coordinator. */
public sealed interface CoordinatorMessage {
    /** Under this key the coordinator registers with the receptionist, and workers find it. */
    ServiceKey<CoordinatorMessage> SERVICE = ServiceKey.create(CoordinatorMessage.class, "qroar-coordinator");

    /** "I exist": said once on finding a coordinator, and again to each new incarnation of it. */
    record Enlist(WorkerProfile profile, ActorRef<WorkerMessage> worker) implements CoordinatorMessage {}

    /** "I am idle": said after enlisting and after the end of each lease. */
    record WorkWanted(ActorRef<WorkerMessage> worker) implements CoordinatorMessage {}

    /** The lease has begun; its measurements come through {@code measurements}, which can be run once. */
    record TrialStarted(ActorRef<WorkerMessage> worker, Lease lease, SourceRef<Measurement> measurements)
            implements CoordinatorMessage {}

    /**
     * The lease ended without a complete stream.
     *
     * @param cause one line for people; cut at 2000 characters, for a native trace must not make
     *     the message too long to send
     * @param retry whether another worker, or this one later, may succeed
     */
    record TrialFailed(ActorRef<WorkerMessage> worker, Lease lease, String cause, Retry retry)
            implements CoordinatorMessage {
        static final int MAX_CAUSE_CHARS = 2000;

        public TrialFailed {
            cause = cause.length() <= MAX_CAUSE_CHARS ? cause : cause.substring(0, MAX_CAUSE_CHARS - 3) + "...";
        }
    }

    /** What a failed attempt says of the next one. */
    enum Retry {
        /** Another attempt may succeed. */
        POSSIBLE,
        /** No attempt can succeed anywhere: the trial itself is at fault. */
        POINTLESS,
        /** This worker lacks what the trial names; another may have it. Not counted as an attempt that failed. */
        ELSEWHERE,
        /** This worker has no room now; another may have, or this one later. Not counted either. */
        LATER
    }
}
