package qroar.orchestrator.coordinator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import qroar.orchestrator.coordinator.CoordinatorCommand.StartDue;
import qroar.orchestrator.coordinator.Roster.Engagement;
import qroar.orchestrator.coordinator.TrialState.Status;
import qroar.protocol.message.CoordinatorMessage;
import qroar.protocol.message.Lease;
import qroar.protocol.message.WorkerMessage;

/** What durable decisions mean to workers: hands trials out, opens their streams, ends leases that are over. */
final class Leases {
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
        MeasurementWatch.Limits limits = new MeasurementWatch.Limits(
                sameProcess ? NEVER : settings.silence(), settings.progressDeadline(), settings.progressFloor());
        roster.streaming(
                lease,
                MeasurementIntake.run(context.getSystem(), lease, started.measurements(), limits, context.getSelf()));
    }

    /**
     * Ends the streams whose lease is over; before a trial is handed out again, or its old stream would be forgotten.
     *
     * @return the trials whose leases were ended
     */
    List<TrialState> endThoseOver(RunState state) {
        List<TrialState> ended = new ArrayList<>();
        for (Engagement engagement : roster.engagements()) {
            TrialState trial = state.trial((int) engagement.lease().trial());
            boolean current = trial.status() == Status.LEASED
                    && trial.attempts() == engagement.lease().attempt();
            if (!current) {
                end(engagement, trial.status().toString());
                ended.add(trial);
            }
        }
        return ended;
    }

    /** Workers of other processes stay for the next coordinator. */
    void endAll(String reason) {
        roster.engagements().forEach(engagement -> end(engagement, reason));
    }

    private void end(Engagement engagement, String reason) {
        roster.disengage((int) engagement.lease().trial());
        if (engagement.stream() != null) {
            engagement.stream().shutdown();
        }
        engagement.worker().tell(new WorkerMessage.Cancel(engagement.lease(), reason));
    }
}
