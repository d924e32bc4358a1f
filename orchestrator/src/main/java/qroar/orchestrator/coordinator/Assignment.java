package qroar.orchestrator.coordinator;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
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
     * Gives each idle worker a trial: earlier studies first, within a study by its own priority, and among equals one
     * whose model the worker holds already. A trial does not go back to the worker on which its last attempt failed
     * while there are others. Which worker runs a trial, and when, changes no result.
     *
     * @param eligible trials that may be handed out if they are queued
     */
    static List<Assignment> choose(RunState state, Roster roster, Set<Integer> eligible) {
        List<ActorRef<WorkerMessage>> idle = roster.idle();
        if (idle.isEmpty()) {
            return List.of();
        }
        List<Candidate> waiting = new ArrayList<>();
        for (int number : state.queued()) {
            Candidate candidate = eligible.contains(number) ? Candidate.of(state, number) : null;
            if (candidate != null) {
                waiting.add(candidate);
            }
        }
        waiting.sort(Candidate.ORDER);
        List<Assignment> assignments = new ArrayList<>();
        for (ActorRef<WorkerMessage> worker : idle) {
            if (waiting.isEmpty()) {
                break;
            }
            Candidate next = pick(waiting, worker, roster);
            if (next == null) {
                continue;
            }
            waiting.remove(next);
            TrialState trial = next.trial;
            assignments.add(new Assignment(
                    worker,
                    roster.name(worker),
                    new Lease(trial.number(), trial.attempts() + 1),
                    trial.spec(),
                    trial.windows()));
        }
        return assignments;
    }

    private static @Nullable Candidate pick(List<Candidate> waiting, ActorRef<WorkerMessage> worker, Roster roster) {
        Candidate first = null;
        for (Candidate candidate : waiting) {
            if (!roster.canRun(worker, candidate.trial.spec()) || hasJustFailedOn(candidate.trial, worker, roster)) {
                continue;
            }
            if (first == null) {
                first = candidate;
            }
            if (candidate.study != first.study || candidate.priority != first.priority) {
                break;
            }
            if (roster.holdsModelOf(worker, candidate.trial.spec())) {
                return candidate;
            }
        }
        return first;
    }

    private static boolean hasJustFailedOn(TrialState trial, ActorRef<WorkerMessage> worker, Roster roster) {
        return trial.failures() > 0
                && roster.name(worker).equals(trial.worker())
                && !roster.isOnlyFor(worker, trial.spec());
    }

    private record Candidate(int study, int priority, TrialState trial) {
        static final Comparator<Candidate> ORDER = Comparator.comparingInt(Candidate::study)
                .thenComparingInt(Candidate::priority)
                .thenComparingInt(candidate -> candidate.trial.number());

        /** A queued trial under the most urgent of the requests that want it; null when none does any more. */
        static @Nullable Candidate of(RunState state, int number) {
            return state.openRequests(number).stream()
                    .map(state::request)
                    .map(request -> new Candidate(request.study(), request.priority(), state.trial(number)))
                    .min(ORDER)
                    .orElse(null);
        }
    }
}
