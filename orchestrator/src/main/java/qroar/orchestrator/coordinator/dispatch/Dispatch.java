package qroar.orchestrator.coordinator.dispatch;

import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.state.RunDecisions;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.protocol.message.WorkerMessage;

/**
 * What is to be made durable of facts: they, what follows from them, and a lease for each idle worker that there is work for.
 * A worker gets a trial that waits, or else documents of one that is under way, or else one of what may be asked for next. Confined to the actor.
 */
public final class Dispatch {
    /** Events to be persisted, and the leases among them. */
    public record Decided(RunDecisions.Outcome outcome, List<Assignment> assignments) {
        public Decided {
            assignments = List.copyOf(assignments);
        }
    }

    private final Roster roster;
    private final WaitingTrials waiting;
    private final Pace pace;

    public Dispatch(Roster roster, WaitingTrials waiting, Pace pace) {
        this.roster = roster;
        this.waiting = waiting;
        this.pace = pace;
    }

    /** @param idle workers to be given something */
    public Decided of(
            RunState state, List<? extends RunEvent> facts, List<ActorRef<WorkerMessage>> idle, long atMillis) {
        RunDecisions.Outcome outcome = Speculation.withoutNeedless(RunDecisions.of(state, facts, atMillis), atMillis);
        waiting.follow(outcome.state(), outcome.events());
        List<Assignment> assignments = new ArrayList<>();
        List<ActorRef<WorkerMessage>> without = new ArrayList<>();
        for (ActorRef<WorkerMessage> worker : idle) {
            Assignment assignment = next(outcome.state(), worker);
            if (assignment == null) {
                without.add(worker);
            } else {
                outcome = given(outcome, assignment, atMillis);
                assignments.add(assignment);
            }
        }
        Integer inTheWay = without.isEmpty() ? Speculation.inTheWay(outcome.state(), roster, waiting, pace) : null;
        if (inTheWay != null) {
            return new Decided(outcome.and(new RunEvent.TrialReleased(inTheWay, atMillis)), assignments);
        }
        for (ActorRef<WorkerMessage> worker : without) {
            Speculation.Chosen chosen =
                    waiting.awaitsAnswers() ? null : Speculation.choose(outcome.state(), roster, pace, worker);
            if (chosen != null) {
                outcome = chosen.event() == null ? outcome : outcome.and(chosen.event());
                Assignment assignment = Speculation.assignment(outcome.state(), roster, chosen, worker);
                outcome = given(outcome, assignment, atMillis);
                assignments.add(assignment);
            }
        }
        return new Decided(outcome, assignments);
    }

    private RunDecisions.Outcome given(RunDecisions.Outcome outcome, Assignment assignment, long atMillis) {
        RunDecisions.Outcome leased = outcome.and(assignment.event(atMillis));
        waiting.follow(leased.state(), List.of(assignment.event(atMillis)));
        return leased;
    }

    /** Nothing of a trial under way while the cache may yet say that another waits. */
    private @Nullable Assignment next(RunState state, ActorRef<WorkerMessage> worker) {
        Assignment waits = Assignment.choose(state, roster, waiting, worker);
        return waits != null || waiting.awaitsAnswers() ? waits : Relief.choose(state, roster, pace, worker);
    }
}
