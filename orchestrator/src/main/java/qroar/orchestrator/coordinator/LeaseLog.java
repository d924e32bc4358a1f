package qroar.orchestrator.coordinator;

import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.slf4j.Logger;
import org.slf4j.MDC;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.logging.LogKeys;
import qroar.protocol.message.Lease;

/** The coordinator's log about one lease: its ids go with each event. */
final class LeaseLog {
    private LeaseLog() {}

    /** The actor's log, with the ids of a lease and of the studies that wait for it until this message is dealt with. */
    static Logger of(ActorContext<?> context, RunState state, Lease lease, String worker) {
        // Asking for the log first: the actor clears the keys behind the message only if it was asked.
        Logger log = context.getLog();
        int trial = (int) lease.trial();
        MDC.put(LogKeys.TRIAL, Integer.toString(trial));
        MDC.put(LogKeys.ATTEMPT, Integer.toString(lease.attempt()));
        MDC.put(LogKeys.WORKER, worker);
        MDC.put(
                LogKeys.STUDY,
                state.openRequests(trial).stream()
                        .map(request -> state.plan()
                                .studies()
                                .get(state.request(request).study())
                                .id())
                        .distinct()
                        .collect(Collectors.joining(",")));
        return log;
    }
}
