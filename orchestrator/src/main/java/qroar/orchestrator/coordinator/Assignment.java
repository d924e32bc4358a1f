package qroar.orchestrator.coordinator;

import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.coordinator.WaitingTrials.Place;
import qroar.protocol.message.Lease;
import qroar.protocol.message.WorkerMessage;
import qroar.protocol.trial.TrialSpec;

/**
 * An idle worker and the trial it is given next.
 *
 * @param firstWindow first window that is not durable yet
 */
record Assignment(ActorRef<WorkerMessage> worker, String workerName, Lease lease, TrialSpec spec, int firstWindow) {

    RunEvent event(long atMillis) {
        return new RunEvent.TrialLeased((int) lease.trial(), lease.attempt(), workerName, atMillis);
    }

    /**
     * The trial that an idle worker is given: the most urgent, and among equals one whose model the worker holds
     * already. A trial does not go back to the worker on which its last attempt failed while there are others. Which
     * worker runs a trial, and when, changes no result. Null when nothing waits for this worker.
     */
    static @Nullable Assignment choose(
            RunState state, Roster roster, WaitingTrials waiting, ActorRef<WorkerMessage> worker) {
        Place first = null;
        for (Place place : waiting.measurable()) {
            TrialState trial = state.trial(place.trial());
            if (!roster.canRun(worker, trial.spec()) || hasJustFailedOn(trial, worker, roster)) {
                continue;
            }
            if (first != null && !place.isAsUrgentAs(first)) {
                break;
            }
            if (roster.holdsModelOf(worker, trial.spec())) {
                return of(trial, worker, roster);
            }
            first = first == null ? place : first;
        }
        return first == null ? null : of(state.trial(first.trial()), worker, roster);
    }

    private static Assignment of(TrialState trial, ActorRef<WorkerMessage> worker, Roster roster) {
        Lease lease = new Lease(trial.number(), trial.attempts() + 1);
        return new Assignment(worker, roster.name(worker), lease, trial.spec(), trial.windows());
    }

    private static boolean hasJustFailedOn(TrialState trial, ActorRef<WorkerMessage> worker, Roster roster) {
        return trial.failures() > 0
                && roster.name(worker).equals(trial.worker())
                && !roster.isOnlyFor(worker, trial.spec());
    }
}
