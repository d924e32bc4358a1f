package qroar.orchestrator.coordinator.dispatch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.state.RequestState;
import qroar.orchestrator.coordinator.state.RunPlan;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.coordinator.state.RunState.Phase;
import qroar.orchestrator.coordinator.state.SyntheticTrials;
import qroar.orchestrator.coordinator.trial.MeasuredFacts;
import qroar.orchestrator.coordinator.trial.Portion;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.protocol.message.Lease;
import qroar.protocol.message.WorkerMessage;
import qroar.protocol.message.WorkerProfile;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.TrialCost;
import qroar.protocol.trial.WindowLoss;
import qroar.protocol.trial.WindowSpan;

/**
 * A run in virtual time: whatever the coordinator decides with, and workers who all read tokens at the same constant speed and
 * lose no time between two leases. A token takes a tick. What a worker measures arrives at once; one that is told that others
 * measure its documents, or that nobody wants them, gives up at once. Nothing is drawn, so it always comes to the same.
 */
public final class ConstantSpeedRun {
    private static final long NANOS_PER_TICK = 1_000_000;
    private static final int MAX_STEPS = 1_000_000;

    private static final class Worker {
        final ActorRef<WorkerMessage> ref;

        @Nullable Lease lease;

        List<Measurement> stream = List.of();
        int at;
        /** When the measurement it is at will be there, and since when it is at it. */
        long due;

        long since;

        Worker(ActorRef<WorkerMessage> ref) {
            this.ref = ref;
        }
    }

    private final SyntheticTrials trials;
    private final Roster roster = new Roster(() -> 0, Duration.ZERO);
    private final WaitingTrials waiting = new WaitingTrials();
    private final Pace pace;
    private final Dispatch dispatch;
    private final List<Worker> workers = new ArrayList<>();
    private RunState state;
    private long now;
    private long busy;
    private int leases;

    /** What one worker's lease covers. */
    enum Grain {
        /** A trial from its first document to its last: no document is long enough to be taken over. */
        TRIAL(Duration.ofDays(365)),
        DOCUMENT(Duration.ofNanos(NANOS_PER_TICK));

        private final Duration floor;

        Grain(Duration floor) {
            this.floor = floor;
        }
    }

    ConstantSpeedRun(ActorTestKit kit, RunPlan plan, SyntheticTrials trials, int workerCount, Grain grain) {
        this.trials = trials;
        this.pace = new Pace(grain.floor);
        this.dispatch = new Dispatch(roster, waiting, pace);
        this.state = RunState.of(plan);
        for (int i = 0; i < workerCount; i++) {
            Worker worker = new Worker(kit.<WorkerMessage>createTestProbe().ref());
            workers.add(worker);
            roster.enlist(worker.ref, new WorkerProfile("w" + i, "gpu:" + i, 1, 1L << 30, "constant"));
            roster.idle(worker.ref);
        }
    }

    ConstantSpeedRun run() {
        persist(List.of(new RunEvent.RunBegun(1)));
        for (int step = 0; state.phase() != Phase.FINISHED; step++) {
            Worker next = workers.stream()
                    .filter(worker -> worker.lease != null)
                    .min(Comparator.comparingLong(worker -> worker.due))
                    .orElseThrow(() -> new AssertionError("nobody works and the run is not finished"));
            if (step > MAX_STEPS) {
                throw new AssertionError("no end");
            }
            now = next.due;
            deliver(next);
        }
        return this;
    }

    RunState state() {
        return state;
    }

    /** From start to end, in ticks. */
    public long ticks() {
        return now;
    }

    int leases() {
        return leases;
    }

    /** Of all workers' time, what they had nothing to do in. */
    double idleShare() {
        return 1 - (double) busy / now / workers.size();
    }

    /** Of the time in which they read, what was spent on windows that no answer rests on. */
    double wastedShare() {
        int[] used = new int[state.trials().size()];
        for (RequestState request : state.requests()) {
            used[request.trial()] = Math.max(used[request.trial()], request.windowsUsed());
        }
        long needed = IntStream.range(0, used.length)
                .mapToLong(trial -> state.trial(trial).spec().plan().windows().stream()
                        .limit(used[trial])
                        .mapToLong(ConstantSpeedRun::ticks)
                        .sum())
                .sum();
        return 1 - (double) needed / busy;
    }

    /** What a window takes: its tokens, and the first of its document, which none scores. */
    public static long ticks(WindowSpan window) {
        return window.fromPosition() == 1 ? window.toPosition() : window.tokens();
    }

    private void deliver(Worker worker) {
        Lease lease = Objects.requireNonNull(worker.lease);
        Measurement measurement = worker.stream.get(worker.at++);
        TrialState trial = state.trial((int) lease.trial());
        spend(worker);
        await(worker, trial);
        if (measurement instanceof WindowLoss window) {
            pace.measured(lease, window.tokens(), now * NANOS_PER_TICK);
        }
        try {
            persist(MeasuredFacts.of(trial, lease, List.of(measurement), now));
        } catch (MeasuredFacts.OutOfOrderException e) {
            throw new AssertionError(e);
        }
    }

    /** The worker begins its next measurement. */
    private void await(Worker worker, TrialState trial) {
        Measurement next = worker.at < worker.stream.size() ? worker.stream.get(worker.at) : null;
        worker.since = now;
        worker.due = next instanceof WindowLoss window
                ? now + ticks(trial.spec().plan().windows().get(window.index()))
                : now;
    }

    private void spend(Worker worker) {
        busy += now - worker.since;
        worker.since = now;
    }

    private void persist(List<RunEvent> facts) {
        dispatched(facts);
        boolean freed = true;
        while (freed && state.phase() != Phase.FINISHED) {
            freed = false;
            for (Worker worker : workers) {
                if (worker.lease == null && roster.idle().contains(worker.ref)) {
                    continue;
                }
                if (worker.lease == null) {
                    roster.idle(worker.ref);
                    freed = true;
                }
            }
            for (Integer asked = waiting.nextToAsk(); asked != null; asked = waiting.nextToAsk()) {
                waiting.unknown(asked);
                freed = true;
            }
            if (freed) {
                dispatched(List.of());
            }
        }
    }

    private void dispatched(List<RunEvent> facts) {
        Dispatch.Decided decided = dispatch.of(state, facts, roster.idle(), now);
        state = decided.outcome().state();
        for (Worker worker : workers) {
            hear(worker);
        }
        decided.assignments().forEach(this::begin);
        pace.forgetAllBut(lease -> roster.engagement(lease) != null);
    }

    /** What was decided reaches the worker at once. */
    private void hear(Worker worker) {
        Lease lease = worker.lease;
        if (lease == null) {
            return;
        }
        TrialState trial = state.trial((int) lease.trial());
        Portion portion = trial.portion(lease.attempt());
        if (portion == null) {
            spend(worker);
            worker.lease = null;
            roster.disengage(lease);
        } else if (worker.at < worker.stream.size()) {
            int before = worker.stream.size();
            Measurement next = worker.stream.get(worker.at);
            worker.stream = upTo(trial, worker.stream, worker.at, portion.toWindow());
            if (before != worker.stream.size() && worker.stream.get(worker.at) != next) {
                spend(worker);
                await(worker, trial);
            }
        }
    }

    private void begin(Assignment assignment) {
        leases++;
        Worker worker = workers.stream()
                .filter(each -> each.ref.equals(assignment.worker()))
                .findFirst()
                .orElseThrow();
        Lease lease = assignment.lease();
        roster.engage(worker.ref, lease, assignment.spec());
        worker.lease = lease;
        worker.at = 0;
        TrialState trial = state.trial(assignment.trial().number());
        worker.stream =
                upTo(trial, trials.measurements(assignment.spec(), assignment.firstWindow()), 0, assignment.toWindow());
        await(worker, trial);
    }

    private static List<Measurement> upTo(TrialState trial, List<Measurement> stream, int sent, int toWindow) {
        EvaluationPlan plan = trial.spec().plan();
        List<Measurement> left = new ArrayList<>(stream.subList(0, sent));
        for (Measurement next : stream.subList(sent, stream.size())) {
            boolean needless = next instanceof WindowLoss window && window.index() >= toWindow
                    || next instanceof LayerActivations layer && plan.firstWindow(layer.document()) >= toWindow;
            if (!needless) {
                left.add(next instanceof TrialCost ? new TrialCost(1, 1) : next);
            }
        }
        return left;
    }
}
