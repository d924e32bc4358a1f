package qroar.orchestrator.app.worker;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.cluster.ClusterEvent;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Subscribe;
import org.jspecify.annotations.Nullable;
import qroar.protocol.OneLine;
import qroar.workers.worker.TrialWorker;

/**
 * Top of a worker process' actor system: starts the workers and tells how the session ended. Without its coordinator a
 * cluster is of no use, and a coordinator that is started again founds another one; so its leaving ends the session.
 */
final class WorkerGuardian extends AbstractBehavior<WorkerGuardian.Command> {
    /** What the guardian hears. */
    sealed interface Command {}

    private record WorkerEnds(TrialWorker.Ending ending) implements Command {}

    private record MemberChanged(Member member) implements Command {}

    /**
     * The process is to end: its workers hand their trials back.
     *
     * @param done completed when all have
     */
    record Leave(String reason, CompletableFuture<Boolean> done) implements Command {}

    /** How a session ended. */
    enum Ending {
        /** The coordinator has no more work. */
        RETIRED,
        /** The coordinator left, or this process lost it. */
        COORDINATOR_GONE,
        /** The storage of this machine failed; it was told on standard error. */
        STORAGE_FAILED
    }

    private static final String COORDINATOR = "coordinator";

    private final CompletableFuture<Boolean> joined;
    private final CompletableFuture<Ending> ending;
    private boolean retired;
    private final List<ActorRef<TrialWorker.Command>> workers = new ArrayList<>();
    private @Nullable CompletableFuture<Boolean> leaving;

    private WorkerGuardian(
            ActorContext<Command> context,
            List<Seat> seats,
            CompletableFuture<Boolean> joined,
            CompletableFuture<Ending> ending) {
        super(context);
        this.joined = joined;
        this.ending = ending;
        ActorRef<TrialWorker.Ending> endings = context.messageAdapter(TrialWorker.Ending.class, WorkerEnds::new);
        for (int i = 0; i < seats.size(); i++) {
            ActorRef<TrialWorker.Command> worker = context.spawn(
                    Behaviors.supervise(TrialWorker.create(
                                    seats.get(i).profile(), seats.get(i).measurer(), endings))
                            .onFailure(SupervisorStrategy.restart()),
                    "worker-" + i);
            context.watch(worker);
            workers.add(worker);
        }
        Cluster.get(context.getSystem())
                .subscriptions()
                .tell(Subscribe.create(
                        context.messageAdapter(
                                ClusterEvent.MemberEvent.class, event -> new MemberChanged(event.member())),
                        ClusterEvent.MemberEvent.class));
    }

    /**
     * @param joined completed once the coordinator's cluster has this process
     * @param ending completed when the session is over
     */
    static Behavior<Command> create(
            List<Seat> seats, CompletableFuture<Boolean> joined, CompletableFuture<Ending> ending) {
        return Behaviors.setup(context -> new WorkerGuardian(context, seats, joined, ending));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(WorkerEnds.class, this::onWorkerEnds)
                .onMessage(MemberChanged.class, this::onMemberChanged)
                .onMessage(Leave.class, this::onLeave)
                .onSignal(Terminated.class, this::onWorkerEnded)
                .onSignal(PostStop.class, this::onPostStop)
                .build();
    }

    private Behavior<Command> onWorkerEnds(WorkerEnds ends) {
        if (ends.ending() instanceof TrialWorker.StorageFailed failed) {
            if (!ending.isDone()) {
                System.err.println("qroar: " + OneLine.of(failed.line()) + "; its trial was given back, and this worker"
                        + " ends: start it again when that is mended");
            }
            ending.complete(Ending.STORAGE_FAILED);
            return this;
        }
        if (!retired && ends.ending() instanceof TrialWorker.Retired retirement) {
            getContext().getLog().info("retired: {}", retirement.reason());
        }
        retired = true;
        return this;
    }

    private Behavior<Command> onMemberChanged(MemberChanged changed) {
        Member member = changed.member();
        boolean up = member.status().equals(MemberStatus.up())
                || member.status().equals(MemberStatus.weaklyUp())
                || member.status().equals(MemberStatus.joining());
        if (up && member.hasRole(COORDINATOR)) {
            joined.complete(true);
        } else if (member.hasRole(COORDINATOR)) {
            getContext().getLog().info("the coordinator is {}", member.status());
            ending.complete(retired ? Ending.RETIRED : Ending.COORDINATOR_GONE);
        }
        return this;
    }

    /** A process that downs itself may never hear of it; and its system may not end while the network is cut. */
    private Behavior<Command> onPostStop(PostStop stop) {
        ending.complete(retired ? Ending.RETIRED : Ending.COORDINATOR_GONE);
        return this;
    }

    private Behavior<Command> onWorkerEnded(Terminated ended) {
        workers.removeIf(worker -> worker.path().equals(ended.getRef().path()));
        if (workers.isEmpty()) {
            ending.complete(retired ? Ending.RETIRED : Ending.COORDINATOR_GONE);
            if (leaving != null) {
                leaving.complete(true);
            }
        }
        return this;
    }

    private Behavior<Command> onLeave(Leave leave) {
        leaving = leave.done();
        workers.forEach(worker -> worker.tell(new TrialWorker.Leave(leave.reason())));
        if (workers.isEmpty()) {
            leave.done().complete(true);
        }
        return this;
    }
}
