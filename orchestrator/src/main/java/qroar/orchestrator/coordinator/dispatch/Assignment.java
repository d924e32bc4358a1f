package qroar.orchestrator.coordinator.dispatch;

import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.coordinator.dispatch.WaitingTrials.Place;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.coordinator.trial.Setback;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.orchestrator.coordinator.trial.TrialState.Status;
import qroar.protocol.message.Lease;
import qroar.protocol.message.WorkerMessage;
import qroar.protocol.trial.TrialSpec;

/**
 * An idle worker and what it is given next: a trial, or some documents of one.
 *
 * @param trial as it stands before
 * @param firstWindow first window of these
 * @param toWindow after the last
 */
public record Assignment(
        ActorRef<WorkerMessage> worker, String workerName, TrialState trial, int firstWindow, int toWindow) {

    public Lease lease() {
        return new Lease(trial.number(), trial.leases() + 1);
    }

    public TrialSpec spec() {
        return trial.spec();
    }

    RunEvent event(long atMillis) {
        return trial.status() == Status.QUEUED && toWindow == trial.windowCount()
                ? new RunEvent.TrialLeased(trial.number(), trial.leases() + 1, workerName, atMillis)
                : new RunEvent.PortionLeased(
                        trial.number(), trial.leases() + 1, workerName, firstWindow, toWindow, atMillis);
    }

    /**
     * What an idle worker is given of that which waits: the most urgent, and among equals one whose model the worker holds
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
        int from = from(trial);
        return new Assignment(worker, roster.name(worker), trial, from, Math.max(from, trial.gapEnd(from)));
    }

    /** A trial of which nothing is missing but its end waits for that. */
    private static int from(TrialState trial) {
        int gap = trial.firstGap(trial.windowCount());
        return gap < 0 ? trial.windows() : gap;
    }

    private static boolean hasJustFailedOn(TrialState trial, ActorRef<WorkerMessage> worker, Roster roster) {
        Setback setback = trial.effort().setbacks().get(from(trial));
        return setback != null
                && roster.name(worker).equals(setback.worker())
                && !roster.isOnlyFor(worker, trial.spec());
    }
}
