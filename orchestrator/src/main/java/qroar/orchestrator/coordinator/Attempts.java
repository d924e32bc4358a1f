package qroar.orchestrator.coordinator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.slf4j.Logger;
import org.slf4j.event.Level;
import qroar.orchestrator.coordinator.CoordinatorCommand.Measured;
import qroar.orchestrator.coordinator.CoordinatorCommand.StartDue;
import qroar.orchestrator.coordinator.CoordinatorCommand.StreamClosed;
import qroar.orchestrator.coordinator.CoordinatorCommand.Unexplained;
import qroar.orchestrator.coordinator.CoordinatorCommand.WorkerLost;
import qroar.orchestrator.coordinator.dispatch.Roster;
import qroar.orchestrator.coordinator.dispatch.Roster.Engagement;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.coordinator.trial.MeasuredFacts;
import qroar.orchestrator.coordinator.trial.Portion;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.protocol.message.CoordinatorMessage.Retry;
import qroar.protocol.message.CoordinatorMessage.TrialFailed;
import qroar.protocol.message.Lease;
import qroar.protocol.message.WorkerMessage;

/**
 * Makes facts, events to be persisted, of what is heard of an attempt (a lease while it is worked on): what it measured, and
 * how it failed. A message that names a
 * lease which is not the current one is no fact.
 */
public final class Attempts {
    /** A worker that knows why its stream broke has said so by then. */
    private static final Duration EXPLANATION_WITHIN = Duration.ofSeconds(1);

    /** Of one trial's workers, before silence counts as failure: a trial that kills its worker must not kill all of them. */
    private static final int MAX_SILENCES = 10;

    private final ActorContext<CoordinatorCommand> context;
    private final Roster roster;
    private final CoordinatorSettings settings;
    private final int maxAttempts;
    /** Since this process began, by trial. */
    private final Map<Integer, Integer> silences = new HashMap<>();

    Attempts(ActorContext<CoordinatorCommand> context, Roster roster, CoordinatorSettings settings, int maxAttempts) {
        this.context = context;
        this.roster = roster;
        this.settings = settings;
        this.maxAttempts = maxAttempts;
    }

    /** What a batch says; a batch with a gap fails its attempt. */
    List<RunEvent> measured(RunState state, Measured measured) {
        TrialState trial = state.trial((int) measured.lease().trial());
        try {
            return MeasuredFacts.of(
                    trial, measured.lease(), measured.batch(), settings.clock().millis());
        } catch (MeasuredFacts.OutOfOrderException e) {
            return failed(state, measured.lease(), e.reason(), Retry.POSSIBLE);
        }
    }

    /** What a worker says of its attempt. */
    List<RunEvent> failed(RunState state, TrialFailed failed) {
        if (roster.engagement(failed.lease()) == null) {
            return List.of();
        }
        return failed.retry() == Retry.ELSEWHERE || failed.retry() == Retry.LATER
                ? declined(state, failed)
                : failed(state, failed.lease(), failed.cause(), failed.retry());
    }

    private List<RunEvent> declined(RunState state, TrialFailed declined) {
        Lease lease = declined.lease();
        String name = roster.name(declined.worker());
        Logger log = LeaseLog.of(context, state, lease, name);
        // A worker of this process has told on its own terminal, which is this one.
        log.atLevel(declined.worker().path().address().hasLocalScope() ? Level.INFO : Level.WARN)
                .log("{} declined by {}: {}", lease, name, declined.cause());
        if (declined.retry() == Retry.ELSEWHERE) {
            roster.lacks(declined.worker(), state.trial((int) lease.trial()).spec());
        }
        return List.of(new RunEvent.AttemptDeclined(
                (int) lease.trial(),
                lease.attempt(),
                declined.cause(),
                settings.clock().millis()));
    }

    List<RunEvent> startDue(RunState state, StartDue due) {
        Engagement engagement = roster.engagement(due.lease());
        if (engagement == null || engagement.stream() != null) {
            return List.of();
        }
        String cause = "worker " + roster.name(engagement.worker()) + " did not answer the assignment";
        return unexplained(state, new Unexplained(due.lease(), cause));
    }

    /** A stream that ended too early leaves its worker some time to say why, unless the worker was silent before. */
    List<RunEvent> closed(RunState state, StreamClosed closed) {
        if (roster.engagement(closed.lease()) == null) {
            return List.of();
        }
        Throwable failure = closed.failure();
        if (failure instanceof MeasurementWatch.Overdue overdue) {
            String cause = String.valueOf(overdue.getMessage());
            return overdue.isSilent()
                    ? unexplained(state, new Unexplained(closed.lease(), cause))
                    : hung(state, closed.lease(), cause);
        }
        String cause = failure == null
                ? "its stream ended before the last window"
                : "its stream broke: " + failure.getMessage();
        context.scheduleOnce(EXPLANATION_WITHIN, context.getSelf(), new Unexplained(closed.lease(), cause));
        return List.of();
    }

    /** Whether a worker that says nothing of a lease lives in another process, and this has not happened too often. */
    private boolean mayBeSuspended(ActorRef<WorkerMessage> worker, Lease lease) {
        return !worker.path().address().hasLocalScope()
                && silences.merge((int) lease.trial(), 1, Integer::sum) <= MAX_SILENCES;
    }

    /**
     * What ended without a word of its worker: its stream, its silence, or what it was assigned. Nobody can tell a worker
     * that is suspended or cut off from one that is dead, and only the latter can be the trial's fault. So the trial is
     * tried elsewhere and the attempt is not counted; but it ends when this happens again and again.
     */
    List<RunEvent> unexplained(RunState state, Unexplained broken) {
        Lease lease = broken.lease();
        Engagement engagement = roster.engagement(lease);
        if (engagement == null) {
            return List.of();
        }
        if (!mayBeSuspended(engagement.worker(), lease)) {
            return hung(state, lease, broken.cause());
        }
        engagement.worker().tell(new WorkerMessage.Cancel(lease, broken.cause()));
        return List.of(notCounted(state, engagement, broken.cause()));
    }

    private List<RunEvent> hung(RunState state, Lease lease, String cause) {
        Engagement engagement = roster.engagement(lease);
        if (engagement == null) {
            return List.of();
        }
        engagement.worker().tell(new WorkerMessage.Cancel(lease, cause));
        return failed(state, lease, cause, Retry.POSSIBLE);
    }

    private RunEvent notCounted(RunState state, Engagement engagement, String cause) {
        Lease lease = engagement.lease();
        String name = roster.name(engagement.worker());
        LeaseLog.of(context, state, lease, name).warn("{} ended: {}; not counted as a failure", lease, cause);
        return new RunEvent.AttemptDeclined(
                (int) lease.trial(), lease.attempt(), cause, settings.clock().millis());
    }

    /** Forgets a worker; whatever it ran goes elsewhere. */
    List<RunEvent> lost(RunState state, WorkerLost lost) {
        String name = roster.name(lost.worker());
        List<RunEvent> facts = new ArrayList<>();
        for (Engagement engagement : roster.lose(lost.worker())) {
            Lease lease = engagement.lease();
            TrialState trial = state.trial((int) lease.trial());
            if (trial.portion(lease.attempt()) != null) {
                String cause = "worker " + name + " was lost";
                facts.add(
                        mayBeSuspended(lost.worker(), lease)
                                ? notCounted(state, engagement, cause)
                                : failure(state, trial, lease, cause, Retry.POSSIBLE));
            }
        }
        context.getLog().info("worker {} is gone", name);
        return facts;
    }

    private List<RunEvent> failed(RunState state, Lease lease, String cause, Retry retry) {
        TrialState trial = state.trial((int) lease.trial());
        Engagement engagement = roster.engagement(lease);
        String worker = engagement == null ? String.valueOf(trial.worker()) : roster.name(engagement.worker());
        LeaseLog.of(context, state, lease, worker).warn("{} failed: {}", lease, cause);
        return List.of(failure(state, trial, lease, cause, retry));
    }

    private RunEvent failure(RunState state, TrialState trial, Lease lease, String cause, Retry retry) {
        long now = settings.clock().millis();
        Portion portion = trial.portion(lease.attempt());
        int before = portion == null ? trial.failures() : trial.effort().failuresAt(trial.next(portion));
        boolean last = before + 1 >= maxAttempts;
        // Nobody is told of a trial that nobody asked for, and it is not tried again before somebody does.
        if (state.isAsked(trial.number()) && (retry == Retry.POINTLESS || last)) {
            return new RunEvent.TrialFailed(trial.number(), cause, now);
        }
        return new RunEvent.AttemptFailed(trial.number(), lease.attempt(), cause, now);
    }
}
