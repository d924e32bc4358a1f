package qroar.workers.worker;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.SourceRef;
import org.apache.pekko.stream.UniqueKillSwitch;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.javadsl.StreamRefs;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.MDC;
import qroar.protocol.message.CoordinatorMessage;
import qroar.protocol.message.CoordinatorMessage.Enlist;
import qroar.protocol.message.CoordinatorMessage.Retry;
import qroar.protocol.message.CoordinatorMessage.TrialFailed;
import qroar.protocol.message.CoordinatorMessage.TrialStarted;
import qroar.protocol.message.CoordinatorMessage.WorkWanted;
import qroar.protocol.message.Lease;
import qroar.protocol.message.WorkerMessage;
import qroar.protocol.message.WorkerMessage.Assign;
import qroar.protocol.message.WorkerMessage.Cancel;
import qroar.protocol.message.WorkerMessage.Curtail;
import qroar.protocol.message.WorkerMessage.Retire;
import qroar.protocol.message.WorkerProfile;
import qroar.protocol.trial.Measurement;

/**
 * Runs one trial at a time for whichever coordinator the receptionist lists.
 *
 * <p>Enlisting is repeated whenever the listed coordinator changes, so a restarted one learns of its workers by itself;
 * an idle worker repeats it and its wish now and then, because a message may get lost with a connection. A lease ends
 * when its stream ends, however that comes about; only then does the worker ask for more.
 */
public final class TrialWorker extends AbstractBehavior<TrialWorker.Command> {
    /** What the actor hears: the coordinator's messages and its own. */
    public sealed interface Command {}

    private record FromCoordinator(WorkerMessage message) implements Command {}

    private record CoordinatorsListed(Set<ActorRef<CoordinatorMessage>> coordinators) implements Command {}

    private record StreamEnded(Lease lease, @Nullable Throwable failure) implements Command {}

    private record StillIdle() implements Command {}

    /** Said by whoever started the worker: hand the trial back, which does not count against it, and end. */
    public record Leave(String reason) implements Command {}

    /** Told to whoever started the worker, when it ends for a reason that concerns the process. */
    public sealed interface Ending {}

    /** A coordinator has no more work for it. */
    public record Retired(String reason) implements Ending {}

    /** The storage of this machine failed, so that no trial can be measured here until that is mended. */
    public record StorageFailed(String line) implements Ending {}

    /** The stream can be ended from here also before, or without, anyone having read from it. */
    private record Running(
            Lease lease, ActorRef<CoordinatorMessage> coordinator, Cancellation cancellation, UniqueKillSwitch stream) {
        void cancel() {
            cancellation.raise();
            stream.shutdown();
        }
    }

    private static final Duration REPEAT_EVERY = Duration.ofSeconds(5);

    private final WorkerProfile profile;
    private final TrialMeasurer measurer;
    private final ActorRef<WorkerMessage> self;
    private final ActorRef<Ending> starter;
    private @Nullable ActorRef<CoordinatorMessage> coordinator;
    private @Nullable Running running;
    private @Nullable String retired;
    /**
     * A lease whose handing back was not answered yet. Until then the worker stays: the news of its end goes another way
     * than its messages and could overtake them, and a worker that is lost costs its trial an attempt.
     */
    private @Nullable Lease handedBack;

    private TrialWorker(
            ActorContext<Command> context, WorkerProfile profile, TrialMeasurer measurer, ActorRef<Ending> starter) {
        super(context);
        this.starter = starter;
        this.profile = profile;
        this.measurer = measurer;
        this.self = context.messageAdapter(WorkerMessage.class, FromCoordinator::new);
        context.getSystem()
                .receptionist()
                .tell(Receptionist.subscribe(
                        CoordinatorMessage.SERVICE,
                        context.messageAdapter(
                                Receptionist.Listing.class,
                                listing -> new CoordinatorsListed(
                                        listing.getServiceInstances(CoordinatorMessage.SERVICE)))));
    }

    /** A worker that finds its coordinator by itself and stops when it is retired. */
    public static Behavior<Command> create(WorkerProfile profile, TrialMeasurer measurer) {
        return Behaviors.setup(
                context -> create(profile, measurer, context.getSystem().ignoreRef()));
    }

    /**
     * A worker that finds its coordinator by itself and stops when it is retired.
     *
     * @param starter hears at once why the worker ends, while it may still be busy giving up its lease
     */
    public static Behavior<Command> create(WorkerProfile profile, TrialMeasurer measurer, ActorRef<Ending> starter) {
        return create(profile, measurer, starter, REPEAT_EVERY);
    }

    static Behavior<Command> create(
            WorkerProfile profile, TrialMeasurer measurer, ActorRef<Ending> starter, Duration repeatEvery) {
        return Behaviors.withTimers(timers -> {
            timers.startTimerWithFixedDelay(new StillIdle(), repeatEvery);
            return Behaviors.setup(context -> new TrialWorker(context, profile, measurer, starter));
        });
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(CoordinatorsListed.class, this::onCoordinatorsListed)
                .onMessage(FromCoordinator.class, this::onMessage)
                .onMessage(StreamEnded.class, this::onStreamEnded)
                .onMessage(StillIdle.class, this::onStillIdle)
                .onMessage(Leave.class, this::onLeave)
                .onSignal(PostStop.class, this::onPostStop)
                .build();
    }

    private Behavior<Command> onCoordinatorsListed(CoordinatorsListed listed) {
        ActorRef<CoordinatorMessage> known = coordinator;
        if (known != null && listed.coordinators.contains(known)) {
            return this;
        }
        coordinator = listed.coordinators.stream().findFirst().orElse(null);
        if (coordinator != null) {
            coordinator.tell(new Enlist(profile, self));
            askForWork();
        }
        return this;
    }

    private Behavior<Command> onStillIdle(StillIdle tick) {
        if (coordinator != null && running == null && retired == null) {
            coordinator.tell(new Enlist(profile, self));
            askForWork();
        }
        return this;
    }

    /** The actor may be stopped from outside; its forward pass then ends within a block. */
    private Behavior<Command> onPostStop(PostStop signal) {
        if (running != null) {
            running.cancel();
        }
        return this;
    }

    private Behavior<Command> onMessage(FromCoordinator wrapped) {
        if (wrapped.message instanceof Assign assign) {
            return onAssign(assign);
        }
        if (wrapped.message instanceof Cancel cancel) {
            return onCancel(cancel);
        }
        if (wrapped.message instanceof Curtail curtail) {
            return onCurtail(curtail);
        }
        return onRetire((Retire) wrapped.message);
    }

    private Behavior<Command> onAssign(Assign assign) {
        if (running != null || retired != null) {
            String why = running != null ? "busy with " + running.lease : "retired";
            Retry retry = retired == null ? Retry.POSSIBLE : Retry.LATER;
            assign.coordinator().tell(new TrialFailed(self, assign.lease(), "worker is " + why, retry));
            return this;
        }
        Cancellation cancellation = new Cancellation();
        // A failed measurement leaves the stream open until the coordinator was told why: whichever of the two it heard
        // first would decide whether the trial is tried again.
        Pair<Pair<CompletionStage<Done>, UniqueKillSwitch>, SourceRef<Measurement>> stream = MeasurementSource.of(
                        measurer, assign.lease(), assign.spec(), assign.firstWindow(), cancellation)
                .watchTermination(Keep.right())
                .recoverWithRetries(1, Throwable.class, Source::never)
                .viaMat(KillSwitches.single(), Keep.both())
                .toMat(StreamRefs.sourceRef(), Keep.both())
                .run(getContext().getSystem());
        running = new Running(
                assign.lease(),
                assign.coordinator(),
                cancellation,
                stream.first().second());
        getContext().pipeToSelf(stream.first().first(), (done, failure) -> new StreamEnded(assign.lease(), failure));
        assign.coordinator().tell(new TrialStarted(self, assign.lease(), stream.second()));
        return this;
    }

    private Behavior<Command> onCancel(Cancel cancel) {
        if (running != null && running.lease.equals(cancel.lease())) {
            running.cancel();
        }
        if (cancel.lease().equals(handedBack)) {
            handedBack = null;
            return running == null ? Behaviors.stopped() : this;
        }
        return this;
    }

    private Behavior<Command> onCurtail(Curtail curtail) {
        if (running != null && running.lease.equals(curtail.lease())) {
            running.cancellation.curtail(curtail.toWindow());
        }
        return this;
    }

    private Behavior<Command> onRetire(Retire retire) {
        retired = retire.reason();
        starter.tell(new Retired(retire.reason()));
        if (running == null) {
            return Behaviors.stopped();
        }
        running.cancel();
        return this;
    }

    private Behavior<Command> onLeave(Leave leave) {
        retired = leave.reason();
        if (running == null) {
            return handedBack == null ? Behaviors.stopped() : this;
        }
        if (!running.cancellation.isRaised()) {
            handedBack = running.lease;
            running.coordinator.tell(
                    new TrialFailed(self, running.lease, "its worker was " + leave.reason(), Retry.LATER));
            running.cancel();
        }
        return this;
    }

    private Behavior<Command> onStreamEnded(StreamEnded ended) {
        Running lease = running;
        if (lease == null || !lease.lease.equals(ended.lease)) {
            return this;
        }
        running = null;
        Throwable thrown = ended.failure;
        if (thrown instanceof NoRoom) {
            // Another worker may take the trial meanwhile; this one asks again by and by.
            report(lease, thrown);
            lease.stream.abort(thrown);
            return retired == null ? this : Behaviors.stopped();
        }
        if (thrown != null && !lease.cancellation.isRaised()) {
            MeasurementFailure failure = report(lease, thrown);
            if (failure.storage() != null) {
                // Given back and not counted: another machine's disk may do. This one ends, or it would fail trial by
                // trial.
                lease.stream.abort(failure.storage());
                starter.tell(new StorageFailed(failure.line()));
                retired = failure.line();
                handedBack = lease.lease;
                return this;
            }
        }
        if (thrown != null) {
            lease.stream.abort(thrown);
        }
        if (retired != null) {
            return handedBack == null ? Behaviors.stopped() : this;
        }
        askForWork();
        return this;
    }

    private MeasurementFailure report(Running lease, Throwable thrown) {
        MeasurementFailure failure = MeasurementFailure.of(thrown);
        Logger log = getContext().getLog();
        MDC.put("trial", Long.toString(lease.lease.trial()));
        MDC.put("attempt", Integer.toString(lease.lease.attempt()));
        MDC.put("worker", profile.id());
        if (failure.storage() != null) {
            // Whoever started this worker is told, and ends in that line.
            log.info("{} declined on {}: {}", lease.lease, profile.id(), failure.line());
        } else if (failure.isDeclined()) {
            log.warn("{} declined on {}: {}", lease.lease, profile.id(), failure.line());
        } else {
            // The coordinator decides what a failure means and warns; the trace stays here.
            log.info("{} failed on {}", lease.lease, profile.id(), thrown);
        }
        lease.coordinator.tell(new TrialFailed(self, lease.lease, failure.line(), failure.retry()));
        return failure;
    }

    private void askForWork() {
        if (coordinator != null && running == null) {
            coordinator.tell(new WorkWanted(self));
        }
    }
}
