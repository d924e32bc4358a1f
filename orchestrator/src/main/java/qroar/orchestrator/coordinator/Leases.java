package qroar.orchestrator.coordinator;

import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import qroar.orchestrator.coordinator.CoordinatorCommand.StartDue;
import qroar.orchestrator.coordinator.dispatch.Assignment;
import qroar.orchestrator.coordinator.dispatch.Roster;
import qroar.orchestrator.coordinator.dispatch.Roster.Engagement;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.coordinator.trial.Portion;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.protocol.message.CoordinatorMessage;
import qroar.protocol.message.Lease;
import qroar.protocol.message.WorkerMessage;

/**
 * The coordinator's word to workers: tells each what was decided, once it is durable. Hands trials and documents out, opens their streams, curtails leases of which others
 * measure a part, ends those that are over.
 */
public final class Leases {
    /** A worker in this process dies with it, so its silence means nothing. */
    private static final Duration NEVER = Duration.ofDays(3650);

    private final ActorContext<CoordinatorCommand> context;
    private final ActorRef<CoordinatorMessage> self;
    private final Roster roster;
    private final CoordinatorSettings settings;

    Leases(
            ActorContext<CoordinatorCommand> context,
            ActorRef<CoordinatorMessage> self,
            Roster roster,
            CoordinatorSettings settings) {
        this.context = context;
        this.self = self;
        this.roster = roster;
        this.settings = settings;
    }

    void give(RunState state, Assignment assignment) {
        LeaseLog.of(context, state, assignment.lease(), assignment.workerName())
                .info("{} leased to {}", assignment.lease(), assignment.workerName());
        roster.engage(assignment.worker(), assignment.lease(), assignment.spec());
        context.scheduleOnce(settings.startDeadline(), context.getSelf(), new StartDue(assignment.lease()));
        assignment
                .worker()
                .tell(new WorkerMessage.Assign(self, assignment.lease(), assignment.spec(), assignment.firstWindow()));
    }

    /** Reads what a worker measures under its lease, or tells it that the lease is over. */
    void read(CoordinatorMessage.TrialStarted started) {
        Lease lease = started.lease();
        if (roster.engagement(lease) == null) {
            started.worker().tell(new WorkerMessage.Cancel(lease, "this lease is over"));
            return;
        }
        boolean sameProcess = started.worker().path().address().hasLocalScope();
        Patience.Limits limits = new Patience.Limits(
                sameProcess ? NEVER : settings.silence(), settings.progressDeadline(), settings.progressFloor());
        roster.streaming(
                lease,
                MeasurementIntake.run(context.getSystem(), lease, started.measurements(), limits, context.getSelf()));
    }

    /**
     * Ends the streams whose lease is over; before a trial is handed out again, or its old stream would be forgotten.
     *
     * @return the trials whose leases were ended, each once
     */
    Collection<TrialState> endThoseOver(RunState state) {
        Map<Integer, TrialState> ended = new LinkedHashMap<>();
        for (Engagement engagement : roster.engagements()) {
            TrialState trial = state.trial((int) engagement.lease().trial());
            if (trial.portion(engagement.lease().attempt()) == null) {
                end(engagement, trial.status().toString());
                ended.put(trial.number(), trial);
            }
        }
        return ended.values();
    }

    /** Tells workers where their leases end now, if they were told otherwise. */
    void curtail(RunState state) {
        for (Engagement engagement : roster.engagements()) {
            Portion portion = state.trial((int) engagement.lease().trial())
                    .portion(engagement.lease().attempt());
            if (portion != null && portion.toWindow() < engagement.toldWindow()) {
                roster.told(engagement, portion.toWindow());
                engagement.worker().tell(new WorkerMessage.Curtail(engagement.lease(), portion.toWindow()));
            }
        }
    }

    /** Workers of other processes stay for the next coordinator. */
    void endAll(String reason) {
        roster.engagements().forEach(engagement -> end(engagement, reason));
    }

    private void end(Engagement engagement, String reason) {
        roster.disengage(engagement.lease());
        if (engagement.stream() != null) {
            engagement.stream().shutdown();
        }
        engagement.worker().tell(new WorkerMessage.Cancel(engagement.lease(), reason));
    }
}
