package qroar.orchestrator.app.run;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import qroar.orchestrator.app.worker.Seat;
import qroar.orchestrator.coordinator.CoordinatorCommand;
import qroar.workers.worker.TrialWorker;

/**
 * Top of a run's actor system: starts the coordinator and the workers, and tells the session when the coordinator is
 * gone. A worker that crashes is started again; a coordinator is not, for its journal has just refused it, or it would crash
 * again on the same events.
 */
final class RunGuardian {
    /** What the session hears of the system. */
    record Contacts(
            CompletableFuture<ActorRef<CoordinatorCommand>> coordinator,
            CompletableFuture<CoordinatorEnd> coordinatorGone,
            CompletableFuture<String> storageFault) {}

    private RunGuardian() {}

    /** What the guardian hears. */
    record WorkerEnds(TrialWorker.Ending ending) {}

    static Behavior<WorkerEnds> create(Behavior<CoordinatorCommand> coordinator, List<Seat> seats, Contacts contacts) {
        return Behaviors.setup(context -> {
            ActorRef<TrialWorker.Ending> endings = context.messageAdapter(TrialWorker.Ending.class, WorkerEnds::new);
            ActorRef<CoordinatorCommand> ref = context.spawn(coordinator, "coordinator");
            context.watch(ref);
            contacts.coordinator().complete(ref);
            for (int i = 0; i < seats.size(); i++) {
                spawn(context, seats.get(i), i, endings);
            }
            return Behaviors.receive(WorkerEnds.class)
                    .onMessage(WorkerEnds.class, ends -> {
                        if (ends.ending() instanceof TrialWorker.StorageFailed failed) {
                            contacts.storageFault().complete(failed.line());
                        }
                        return Behaviors.same();
                    })
                    .onSignal(ChildFailed.class, failed -> {
                        contacts.coordinatorGone().complete(CoordinatorEnd.of(failed.getCause()));
                        return Behaviors.same();
                    })
                    .onSignal(Terminated.class, ended -> {
                        contacts.coordinatorGone().complete(CoordinatorEnd.ASKED);
                        return Behaviors.same();
                    })
                    .build();
        });
    }

    private static void spawn(
            ActorContext<WorkerEnds> context, Seat seat, int number, ActorRef<TrialWorker.Ending> endings) {
        context.spawn(
                Behaviors.supervise(TrialWorker.create(seat.profile(), seat.measurer(), endings))
                        .onFailure(org.apache.pekko.actor.typed.SupervisorStrategy.restart()),
                "worker-" + number);
    }
}
