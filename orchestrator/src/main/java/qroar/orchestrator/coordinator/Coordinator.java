package qroar.orchestrator.coordinator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
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
import qroar.orchestrator.cache.CachedTrial;
import qroar.orchestrator.cache.TrialCache;
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
import qroar.orchestrator.coordinator.Roster.Engagement;
import qroar.orchestrator.coordinator.RunState.Phase;
import qroar.orchestrator.coordinator.TrialState.Status;
import qroar.protocol.message.CoordinatorMessage;
import qroar.protocol.message.Lease;
import qroar.protocol.message.WorkerMessage;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.TrialCost;
import qroar.protocol.trial.WindowLoss;

/**
 * Holds a run's state, hands trials to workers, makes what they measure durable, and acts on what follows from it.
 *
 * <p>Every fact is persisted together with the decisions it leads to ({@link RunDecisions}) before anyone is answered
 * or told anything. Who is idle and which streams are open is soft state in the {@link Roster}: a message that names a
 * lease which is not the current one is dropped.
 */
public final class Coordinator extends EventSourcedBehavior<CoordinatorCommand, RunEvent, RunState> {
    private static final String FINISHED = "the run is finished";

    private final ActorContext<CoordinatorCommand> context;
    private final RunPlan plan;
    private final TrialCache cache;
    private final CoordinatorSettings settings;
    private final Executor blockingIo;
    private final ActorRef<CoordinatorMessage> self;
    /** A worker that knows why its stream broke has said so by then. */
    private static final Duration EXPLANATION_WITHIN = Duration.ofSeconds(1);
    /** A worker in this process dies with it, so its silence means nothing. */
    private static final Duration NEVER = Duration.ofDays(3650);

    private final Roster roster = new Roster();
    /** Trials that the cache was asked about since this process started, and does not know. */
    private final Set<Integer> uncached = new HashSet<>();

    private final Set<Integer> lookups = new HashSet<>();
    private long measuredWindows;
    private long measuredTokens;
    private @Nullable String stopping;

    private Coordinator(
            ActorContext<CoordinatorCommand> context, RunPlan plan, TrialCache cache, CoordinatorSettings settings) {
        super(PersistenceId.ofUniqueId(plan.runId()));
        this.context = context;
        this.plan = plan;
        this.cache = cache;
        this.settings = settings;
        this.self = context.messageAdapter(CoordinatorMessage.class, FromWorker::new);
        this.blockingIo = context.getSystem()
                .dispatchers()
                .lookup(DispatcherSelector.fromConfig("qroar.dispatchers.blocking-io"));
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
        return RunState::apply;
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
                .onCommand(WorkerLost.class, this::onWorkerLost)
                .onCommand(CacheAnswered.class, this::onCacheAnswered)
                .onCommand(StreamOpened.class, this::onStreamOpened)
                .onCommand(Measured.class, this::onMeasured)
                .onCommand(StreamClosed.class, this::onStreamClosed)
                .onCommand(Unexplained.class, this::onUnexplained)
                .onCommand(StartDue.class, this::onStartDue)
                .onCommand(Describe.class, this::onDescribe)
                .onCommand(Stop.class, this::onStop)
                .build();
    }

    private Effect<RunEvent, RunState> onBegin(RunState state, Begin begin) {
        RunEvent first = state.phase() == Phase.NEW
                ? new RunEvent.RunBegun(settings.clock().millis())
                : new RunEvent.RunResumed(settings.clock().millis());
        boolean over = state.phase() == Phase.FINISHED;
        return (over ? Effect().none() : persist(state, List.of(first)))
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
            return onTrialStarted(started);
        }
        CoordinatorMessage.TrialFailed failed = (CoordinatorMessage.TrialFailed) message;
        if (roster.engagement(failed.lease()) == null) {
            return Effect().none();
        }
        return failed.retry() == CoordinatorMessage.Retry.ELSEWHERE
                ? onDeclined(state, failed)
                : attemptFailed(state, failed.lease(), failed.cause(), failed.retry());
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

    private Effect<RunEvent, RunState> onDeclined(RunState state, CoordinatorMessage.TrialFailed declined) {
        Lease lease = declined.lease();
        context.getLog().warn("{} declined by {}: {}", lease, roster.name(declined.worker()), declined.cause());
        roster.lacks(declined.worker(), state.trial((int) lease.trial()).spec());
        return persist(
                state,
                List.of(new RunEvent.AttemptDeclined(
                        (int) lease.trial(),
                        lease.attempt(),
                        declined.cause(),
                        settings.clock().millis())));
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

    private Effect<RunEvent, RunState> onTrialStarted(CoordinatorMessage.TrialStarted started) {
        if (roster.engagement(started.lease()) == null) {
            started.worker().tell(new WorkerMessage.Cancel(started.lease(), "this lease is over"));
            return Effect().none();
        }
        roster.streaming(
                started.lease(),
                MeasurementIntake.run(
                        context.getSystem(),
                        started.lease(),
                        started.measurements(),
                        new MeasurementWatch.Limits(
                                started.worker().path().address().hasLocalScope() ? NEVER : settings.silence(),
                                settings.progressDeadline(),
                                settings.progressFloor()),
                        context.getSelf()));
        return Effect().none();
    }

    private Effect<RunEvent, RunState> onStartDue(RunState state, StartDue due) {
        Engagement engagement = roster.engagement(due.lease());
        if (engagement == null || engagement.stream() != null) {
            return Effect().none();
        }
        engagement.worker().tell(new WorkerMessage.Cancel(due.lease(), "its answer is overdue"));
        return attemptFailed(
                state,
                due.lease(),
                "worker " + roster.name(engagement.worker()) + " did not answer the assignment",
                CoordinatorMessage.Retry.POSSIBLE);
    }

    private Effect<RunEvent, RunState> onStreamOpened(RunState state, StreamOpened opened) {
        opened.ackTo().tell(StreamAck.DURABLE);
        return Effect().none();
    }

    private Effect<RunEvent, RunState> onMeasured(RunState state, Measured measured) {
        Engagement engagement = roster.engagement(measured.lease());
        if (engagement == null) {
            return Effect().none();
        }
        TrialState trial = state.trial((int) measured.lease().trial());
        List<RunEvent> facts;
        try {
            facts = MeasuredFacts.of(
                    trial, measured.lease(), measured.batch(), settings.clock().millis());
        } catch (MeasuredFacts.OutOfOrderException e) {
            return attemptFailed(state, measured.lease(), e.reason(), CoordinatorMessage.Retry.POSSIBLE);
        }
        return persist(state, facts).thenRun(now -> {
            count(trial, measured.batch());
            measured.ackTo().tell(StreamAck.DURABLE);
        });
    }

    private void count(TrialState before, List<Measurement> batch) {
        for (Measurement measurement : batch) {
            if (measurement instanceof WindowLoss window && window.index() >= before.windows()) {
                measuredWindows++;
                measuredTokens += window.tokens();
            }
        }
    }

    private Effect<RunEvent, RunState> onStreamClosed(RunState state, StreamClosed closed) {
        Engagement engagement = roster.engagement(closed.lease());
        if (engagement == null) {
            return Effect().none();
        }
        Throwable failure = closed.failure();
        if (failure instanceof MeasurementWatch.Overdue) {
            return onUnexplained(state, new Unexplained(closed.lease(), String.valueOf(failure.getMessage())));
        }
        String cause = failure == null
                ? "its stream ended before the last window"
                : "its stream broke: " + failure.getMessage();
        context.scheduleOnce(EXPLANATION_WITHIN, context.getSelf(), new Unexplained(closed.lease(), cause));
        return Effect().none();
    }

    private Effect<RunEvent, RunState> onUnexplained(RunState state, Unexplained broken) {
        Engagement engagement = roster.engagement(broken.lease());
        if (engagement == null) {
            return Effect().none();
        }
        engagement.worker().tell(new WorkerMessage.Cancel(broken.lease(), broken.cause()));
        return attemptFailed(state, broken.lease(), broken.cause(), CoordinatorMessage.Retry.POSSIBLE);
    }

    private Effect<RunEvent, RunState> onWorkerLost(RunState state, WorkerLost lost) {
        String name = roster.name(lost.worker());
        List<RunEvent> facts = new ArrayList<>();
        for (Engagement engagement : roster.lose(lost.worker())) {
            facts.add(failure(
                    state.trial((int) engagement.lease().trial()),
                    engagement.lease(),
                    "worker " + name + " was lost",
                    CoordinatorMessage.Retry.POSSIBLE));
        }
        context.getLog().info("worker {} is gone", name);
        return facts.isEmpty() ? Effect().none() : persist(state, facts);
    }

    private Effect<RunEvent, RunState> attemptFailed(
            RunState state, Lease lease, String cause, CoordinatorMessage.Retry retry) {
        TrialState trial = state.trial((int) lease.trial());
        context.getLog().warn("{} failed: {}", lease, cause);
        return persist(state, List.of(failure(trial, lease, cause, retry)));
    }

    private RunEvent failure(TrialState trial, Lease lease, String cause, CoordinatorMessage.Retry retry) {
        long now = settings.clock().millis();
        boolean last = trial.failures() + 1 >= plan.maxAttempts();
        if (retry == CoordinatorMessage.Retry.POINTLESS || last) {
            return new RunEvent.TrialFailed(trial.number(), cause, now);
        }
        return new RunEvent.AttemptFailed(trial.number(), lease.attempt(), cause, now);
    }

    private Effect<RunEvent, RunState> onCacheAnswered(RunState state, CacheAnswered answer) {
        lookups.remove(answer.trial());
        TrialState trial = state.trial(answer.trial());
        CachedTrial cached = answer.cached();
        if (cached == null) {
            uncached.add(answer.trial());
            return persist(state, List.of());
        }
        if (trial.status() != Status.QUEUED) {
            return Effect().none();
        }
        if (cached.nllNats().length != trial.spec().plan().windows().size()) {
            uncached.add(answer.trial());
            return persist(state, List.of());
        }
        return persist(state, MeasuredFacts.reused(trial, cached.nllNats(), cached.activations(), cached.gradients()));
    }

    private Effect<RunEvent, RunState> onDescribe(RunState state, Describe describe) {
        describe.replyTo().tell(view(state));
        return Effect().none();
    }

    private Effect<RunEvent, RunState> onStop(RunState state, Stop stop) {
        stopping = stop.reason();
        context.getLog().info("stopping: {}", stop.reason());
        leaveEveryone(state, stop.reason());
        return Effect().stop().thenRun(last -> stop.replyTo().tell(view(last)));
    }

    private RunView view(RunState state) {
        return new RunView(state, roster.profiles(), measuredWindows, measuredTokens);
    }

    /** Persists facts, what follows from them, and a lease for each idle worker that there is work for. */
    private EffectBuilder<RunEvent, RunState> persist(RunState state, List<? extends RunEvent> facts) {
        long now = settings.clock().millis();
        RunDecisions.Outcome outcome = RunDecisions.of(state, facts, now);
        List<RunEvent> events = new ArrayList<>(outcome.events());
        List<Assignment> assignments =
                stopping == null ? Assignment.choose(outcome.state(), roster, uncached) : List.of();
        for (Assignment assignment : assignments) {
            events.add(assignment.event(now));
        }
        if (events.isEmpty()) {
            return Effect().none();
        }
        return Effect().persist(events).thenRun(durable -> {
            endLeases(durable);
            assignments.forEach(this::assign);
            goOn(durable);
        });
    }

    private void assign(Assignment assignment) {
        roster.engage(assignment.worker(), assignment.lease(), assignment.spec());
        context.scheduleOnce(settings.startDeadline(), context.getSelf(), new StartDue(assignment.lease()));
        assignment
                .worker()
                .tell(new WorkerMessage.Assign(self, assignment.lease(), assignment.spec(), assignment.firstWindow()));
    }

    /** Ends the streams whose lease is over; before a trial is handed out again, or its old stream would be forgotten. */
    private void endLeases(RunState state) {
        for (Engagement engagement : roster.engagements()) {
            TrialState trial = state.trial((int) engagement.lease().trial());
            boolean current = trial.status() == Status.LEASED
                    && trial.attempts() == engagement.lease().attempt();
            if (!current) {
                disengage(engagement, trial);
            }
        }
    }

    /** Asks the cache about trials that wait; lets everyone go when there is nothing left to do. */
    private void goOn(RunState state) {
        if (state.phase() == Phase.FINISHED) {
            retireEveryone();
            return;
        }
        for (int number : state.queued()) {
            if (!uncached.contains(number) && lookups.add(number)) {
                lookUp(state.trial(number));
            }
        }
    }

    private void disengage(Engagement engagement, TrialState trial) {
        roster.disengage(trial.number());
        if (engagement.stream() != null) {
            engagement.stream().shutdown();
        }
        engagement.worker().tell(new WorkerMessage.Cancel(engagement.lease(), trial.status() + ""));
        if (trial.status() == Status.FINISHED) {
            CachedTrial result = new CachedTrial(
                    trial.nllNats(),
                    List.copyOf(trial.layers().values()),
                    List.copyOf(trial.gradients().values()),
                    new TrialCost(trial.forwardTokens(), trial.computeNanos()));
            blockingIo.execute(() -> cache.store(trial.key(), result));
        }
    }

    private void lookUp(TrialState trial) {
        CompletableFuture<@Nullable CachedTrial> found =
                CompletableFuture.supplyAsync(() -> cache.find(trial.key()), blockingIo);
        context.pipeToSelf(found, (cached, failure) -> {
            if (failure != null) {
                context.getLog().warn("cache lookup of trial {} failed: {}", trial.number(), failure.getMessage());
            }
            return new CacheAnswered(trial.number(), cached);
        });
    }

    private void retireEveryone() {
        roster.everyone().forEach(worker -> worker.tell(new WorkerMessage.Retire(FINISHED)));
    }

    /** Ends every lease. Workers of other processes stay for the next coordinator, unless there is nothing left to do. */
    private void leaveEveryone(RunState state, String reason) {
        for (Engagement engagement : roster.engagements()) {
            roster.disengage((int) engagement.lease().trial());
            if (engagement.stream() != null) {
                engagement.stream().shutdown();
            }
            engagement.worker().tell(new WorkerMessage.Cancel(engagement.lease(), reason));
        }
        if (state.phase() == Phase.FINISHED) {
            retireEveryone();
        }
    }
}
