package qroar.orchestrator.coordinator;

import java.time.Duration;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.SnapshotAdapter;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.Effect;
import org.apache.pekko.persistence.typed.javadsl.EffectBuilder;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.RetentionCriteria;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.cache.TrialCache;
import qroar.orchestrator.coordinator.CoordinatorCommand.AskingTimeOver;
import qroar.orchestrator.coordinator.CoordinatorCommand.Begin;
import qroar.orchestrator.coordinator.CoordinatorCommand.CacheAnswered;
import qroar.orchestrator.coordinator.CoordinatorCommand.Describe;
import qroar.orchestrator.coordinator.CoordinatorCommand.FromWorker;
import qroar.orchestrator.coordinator.CoordinatorCommand.Measured;
import qroar.orchestrator.coordinator.CoordinatorCommand.RunView;
import qroar.orchestrator.coordinator.CoordinatorCommand.StartDue;
import qroar.orchestrator.coordinator.CoordinatorCommand.Stop;
import qroar.orchestrator.coordinator.CoordinatorCommand.StreamAck;
import qroar.orchestrator.coordinator.CoordinatorCommand.StreamClosed;
import qroar.orchestrator.coordinator.CoordinatorCommand.StreamOpened;
import qroar.orchestrator.coordinator.CoordinatorCommand.Unexplained;
import qroar.orchestrator.coordinator.CoordinatorCommand.WorkerLost;
import qroar.orchestrator.coordinator.dispatch.Dispatch;
import qroar.orchestrator.coordinator.dispatch.Pace;
import qroar.orchestrator.coordinator.dispatch.Roster;
import qroar.orchestrator.coordinator.dispatch.WaitingTrials;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.state.RunDecisions;
import qroar.orchestrator.coordinator.state.RunPlan;
import qroar.orchestrator.coordinator.state.RunSnapshotAdapter;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.coordinator.state.RunState.Phase;
import qroar.orchestrator.coordinator.trial.TrialState.Status;
import qroar.protocol.message.CoordinatorMessage;
import qroar.protocol.message.Lease;
import qroar.protocol.message.WorkerMessage;

/**
 * Holds a run's state, hands trials to workers, makes what they measure durable, and acts on what follows from it.
 *
 * <p>Every fact is persisted together with the decisions it leads to ({@link RunDecisions}) before anyone is answered
 * or told anything. {@link Attempts} turns what is heard of a lease into facts, {@link EarlierResults} what a cache
 * knows; {@link Leases} tells workers what was decided. Who is idle and which streams are open is soft state in the
 * {@link Roster}: a message that names a lease which is not the current one is dropped.
 */
public final class Coordinator extends EventSourcedBehavior<CoordinatorCommand, RunEvent, RunState> {
    private static final String FINISHED = "the run is finished";

    private final ActorContext<CoordinatorCommand> context;
    private final RunPlan plan;
    private final CoordinatorSettings settings;
    private final ActorRef<CoordinatorMessage> self;
    private final Roster roster;
    private final WaitingTrials waiting = new WaitingTrials();
    private final Foresight foresight = new Foresight();
    private final Pace pace;
    private final MeasuredHere here;
    private final Dispatch dispatch;
    private final Leases leases;
    private final Attempts attempts;
    private final EarlierResults earlier;
    private final WorkClock work;
    private boolean looksAgain;
    private @Nullable String stopping;

    private Coordinator(
            ActorContext<CoordinatorCommand> context, RunPlan plan, TrialCache cache, CoordinatorSettings settings) {
        super(PersistenceId.ofUniqueId(plan.runId()));
        this.context = context;
        this.plan = plan;
        this.settings = settings;
        this.roster = new Roster(settings.nanoTime(), settings.askingTime());
        this.self = context.messageAdapter(CoordinatorMessage.class, FromWorker::new);
        this.pace = new Pace(settings.documentFloor());
        this.here = new MeasuredHere(pace);
        this.dispatch = new Dispatch(roster, waiting, pace);
        this.leases = new Leases(context, self, roster, settings);
        this.attempts = new Attempts(context, roster, settings, plan.maxAttempts());
        this.earlier = new EarlierResults(context, waiting, cache);
        this.work = new WorkClock(settings.nanoTime());
    }

    /** The coordinator of one run; it registers with the receptionist once it has recovered. */
    public static Behavior<CoordinatorCommand> create(RunPlan plan, TrialCache cache, CoordinatorSettings settings) {
        return Behaviors.setup(context -> new Coordinator(context, plan, cache, settings));
    }

    @Override
    public RunState emptyState() {
        return RunState.of(plan);
    }

    @Override
    public EventHandler<RunState, RunEvent> eventHandler() {
        return foresight::apply;
    }

    @Override
    public SnapshotAdapter<RunState> snapshotAdapter() {
        return new RunSnapshotAdapter(plan);
    }

    @Override
    public RetentionCriteria retentionCriteria() {
        return RetentionCriteria.snapshotEvery(settings.eventsPerSnapshot(), 2);
    }

    @Override
    public SignalHandler<RunState> signalHandler() {
        return newSignalHandlerBuilder()
                .onSignal(
                        RecoveryCompleted.instance(), state -> context.getSelf().tell(new Begin()))
                .build();
    }

    @Override
    public CommandHandler<CoordinatorCommand, RunEvent, RunState> commandHandler() {
        return newCommandHandlerBuilder()
                .forAnyState()
                .onCommand(Begin.class, this::onBegin)
                .onCommand(FromWorker.class, this::onWorker)
                .onCommand(WorkerLost.class, (state, lost) -> persist(state, attempts.lost(state, lost)))
                .onCommand(CacheAnswered.class, (state, answer) -> persist(state, earlier.answered(state, answer)))
                .onCommand(StreamOpened.class, this::onStreamOpened)
                .onCommand(Measured.class, this::onMeasured)
                .onCommand(StreamClosed.class, (state, closed) -> persist(state, attempts.closed(state, closed)))
                .onCommand(Unexplained.class, (state, broken) -> persist(state, attempts.unexplained(state, broken)))
                .onCommand(StartDue.class, (state, due) -> persist(state, attempts.startDue(state, due)))
                .onCommand(AskingTimeOver.class, this::onAskingTimeOver)
                .onCommand(Describe.class, this::onDescribe)
                .onCommand(Stop.class, this::onStop)
                .build();
    }

    private Effect<RunEvent, RunState> onBegin(RunState state, Begin begin) {
        RunEvent first = state.phase() == Phase.NEW
                ? new RunEvent.RunBegun(settings.clock().millis())
                : new RunEvent.RunResumed(settings.clock().millis());
        return (state.isOver() ? Effect().none() : persist(state, List.of(first)))
                .thenRun(ready -> context.getSystem()
                        .receptionist()
                        .tell(Receptionist.register(CoordinatorMessage.SERVICE, self)));
    }

    private Effect<RunEvent, RunState> onWorker(RunState state, FromWorker wrapped) {
        CoordinatorMessage message = wrapped.message();
        if (message instanceof CoordinatorMessage.Enlist enlist) {
            return onEnlist(enlist);
        }
        if (message instanceof CoordinatorMessage.WorkWanted wanted) {
            return onWorkWanted(state, wanted);
        }
        if (message instanceof CoordinatorMessage.TrialStarted started) {
            leases.read(started);
            return Effect().none();
        }
        return persist(state, attempts.failed(state, (CoordinatorMessage.TrialFailed) message));
    }

    private Effect<RunEvent, RunState> onEnlist(CoordinatorMessage.Enlist enlist) {
        if (!roster.knows(enlist.worker())) {
            context.getLog()
                    .info(
                            "worker {} on {}",
                            enlist.profile().id(),
                            enlist.profile().device());
            roster.enlist(enlist.worker(), enlist.profile());
            context.watchWith(enlist.worker(), new WorkerLost(enlist.worker()));
        }
        return Effect().none();
    }

    private Effect<RunEvent, RunState> onWorkWanted(RunState state, CoordinatorMessage.WorkWanted wanted) {
        if (!roster.knows(wanted.worker())) {
            return Effect().none();
        }
        if (state.phase() == Phase.FINISHED) {
            wanted.worker().tell(new WorkerMessage.Retire(FINISHED));
            return Effect().none();
        }
        if (roster.awaitsStart(wanted.worker())) {
            // Said before the assignment reached it; what it starts or refuses is heard next.
            return Effect().none();
        }
        roster.idle(wanted.worker());
        return persist(state, List.of());
    }

    private Effect<RunEvent, RunState> onStreamOpened(RunState state, StreamOpened opened) {
        opened.ackTo().tell(StreamAck.DURABLE);
        return Effect().none();
    }

    private Effect<RunEvent, RunState> onMeasured(RunState state, Measured measured) {
        if (roster.engagement(measured.lease()) == null) {
            return Effect().none();
        }
        List<RunEvent> facts = attempts.measured(state, measured);
        Lease lease = measured.lease();
        here.add(lease, state.trial((int) lease.trial()).spec().plan(), facts, System.nanoTime());
        return persist(state, facts).thenRun(durable -> measured.ackTo().tell(StreamAck.DURABLE));
    }

    private Effect<RunEvent, RunState> onAskingTimeOver(RunState state, AskingTimeOver over) {
        looksAgain = false;
        return persist(state, List.of());
    }

    /** A worker that was refused what failed on it, because of another that may ask for it, gets it if that one does not. */
    private void lookAgain() {
        Duration after = looksAgain ? null : roster.untilFewerAreExpected();
        if (after != null) {
            looksAgain = true;
            context.scheduleOnce(after, context.getSelf(), new AskingTimeOver());
        }
    }

    private Effect<RunEvent, RunState> onDescribe(RunState state, Describe describe) {
        describe.replyTo().tell(view(state));
        return Effect().none();
    }

    private Effect<RunEvent, RunState> onStop(RunState state, Stop stop) {
        stopping = stop.reason();
        context.getLog().info("stopping: {}", stop.reason());
        leases.endAll(stop.reason());
        if (state.phase() == Phase.FINISHED) {
            retireEveryone();
        }
        if (state.phase() != Phase.RUNNING) {
            return Effect().stop().thenRun(last -> stop.replyTo().tell(view(last)));
        }
        return Effect()
                .persist(work.worked())
                .thenRun(last -> stop.replyTo().tell(view(last)))
                .thenStop();
    }

    private RunView view(RunState state) {
        return new RunView(work.now(state), roster.profiles(), here.windows(), here.tokens());
    }

    /** Persists facts, what follows from them, and a lease for each idle worker that there is work for. */
    private EffectBuilder<RunEvent, RunState> persist(RunState state, List<? extends RunEvent> facts) {
        roster.forgetWhoDidNotAsk();
        List<ActorRef<WorkerMessage>> idle = stopping == null ? roster.idle() : List.of();
        Dispatch.Decided decided =
                dispatch.of(state, facts, idle, settings.clock().millis());
        RunDecisions.Outcome outcome = decided.outcome();
        if (outcome.steps().isEmpty()) {
            earlier.ask(state);
            lookAgain();
            return Effect().none();
        }
        for (RunEvent told : work.due(state, outcome.state())) {
            outcome = outcome.and(told);
        }
        foresight.expect(outcome.steps());
        return Effect().persist(outcome.events()).thenRun(durable -> {
            leases.endThoseOver(durable).stream()
                    .filter(trial -> trial.status() == Status.FINISHED)
                    .forEach(earlier::keep);
            decided.assignments().forEach(assignment -> leases.give(durable, assignment));
            leases.curtail(durable);
            pace.forgetAllBut(lease -> roster.engagement(lease) != null);
            if (durable.phase() == Phase.FINISHED) {
                retireEveryone();
            } else {
                earlier.ask(durable);
                lookAgain();
            }
        });
    }

    private void retireEveryone() {
        roster.everyone().forEach(worker -> worker.tell(new WorkerMessage.Retire(FINISHED)));
    }
}
