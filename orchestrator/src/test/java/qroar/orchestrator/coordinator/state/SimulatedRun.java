package qroar.orchestrator.coordinator.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import qroar.experiments.study.StudyProgress;
import qroar.experiments.study.TrialRequest;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.event.RunEventCatalog;
import qroar.orchestrator.coordinator.state.RunState.Phase;
import qroar.orchestrator.coordinator.trial.MeasuredFacts;
import qroar.orchestrator.coordinator.trial.Portion;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.orchestrator.coordinator.trial.TrialState.Status;
import qroar.orchestrator.journal.codec.EventCodec;
import qroar.protocol.message.Lease;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.TrialSpec;
import qroar.protocol.trial.WindowLoss;

/**
 * A run of the coordinator's pure parts under one random schedule: workers of different speeds that die, batches of any
 * size that arrive late or twice, cache hits, and processes that are killed and rebuilt from what is stored.
 */
public final class SimulatedRun {
    private static final EventCodec CODEC = new EventCodec(new RunEventCatalog().catalog());
    /** Three years: a clock may be set right in mid-run, which is nobody's time. */
    private static final long SET_BACK_MILLIS = -3L * 365 * 24 * 3_600_000;

    private static final int MAX_STEPS = 200_000;

    /** A batch on its way; it may arrive after its lease is over. */
    private record Message(Lease lease, List<Measurement> batch) {}

    private static final class Worker {
        final int weight;

        @Nullable Lease lease;

        List<Measurement> stream = List.of();
        int sent;
        boolean poisoned;

        Worker(int weight) {
            this.weight = weight;
        }

        /** What was not sent yet ends before a window that another worker measures; how far it was sent is left. */
        void curtail(TrialSpec spec, int toWindow) {
            List<Measurement> left = new ArrayList<>(stream.subList(0, sent));
            for (Measurement next : stream.subList(sent, stream.size())) {
                boolean needless = next instanceof WindowLoss window && window.index() >= toWindow
                        || next instanceof LayerActivations layer
                                && spec.plan().firstWindow(layer.document()) >= toWindow;
                if (!needless) {
                    left.add(next);
                }
            }
            stream = left;
        }
    }

    private final RunPlan plan;
    private final SyntheticTrials trials;
    private final Predicate<TrialSpec> poisonous;
    private final Random random;
    private final Faults faults;
    private final List<Worker> workers = new ArrayList<>();
    private final List<RunEvent> journal = new ArrayList<>();
    private final Map<Lease, Deque<Message>> network = new HashMap<>();
    private final Set<Lease> engaged = new HashSet<>();
    private RunState state;
    /** Encoded when it is read: that comes to the same, for a state is immutable. */
    private @Nullable RunState snapshot;

    private int snapshotAt;
    private long clock = 1;
    private int restarts;
    private int speculated;

    public SimulatedRun(
            RunPlan plan, SyntheticTrials trials, Predicate<TrialSpec> poisonous, Random random, Faults faults) {
        this.plan = plan;
        this.trials = trials;
        this.poisonous = poisonous;
        this.random = random;
        this.faults = faults;
        this.state = RunState.of(plan);
        int count = 1 + random.nextInt(6);
        for (int i = 0; i < count; i++) {
            workers.add(new Worker(1 + random.nextInt(20)));
        }
    }

    public RunState state() {
        return state;
    }

    List<RunEvent> journal() {
        return journal;
    }

    int restarts() {
        return restarts;
    }

    public SimulatedRun run() {
        persist(List.of(new RunEvent.RunBegun(clock)));
        for (int step = 0; state.phase() != Phase.FINISHED; step++) {
            assertThat(step).as(this::describe).isLessThan(MAX_STEPS);
            clock += random.nextInt(100) == 0 ? SET_BACK_MILLIS : 1;
            step();
        }
        List<RunEvent> left = new ArrayList<>();
        for (TrialState trial : state.trials()) {
            if (isUnasked(trial)) {
                left.add(new RunEvent.TrialReleased(trial.number(), clock));
            }
        }
        persist(left);
        return this;
    }

    private boolean isUnasked(TrialState trial) {
        return !state.isAsked(trial.number()) && (trial.status() == Status.QUEUED || trial.status() == Status.LEASED);
    }

    /** Somebody without work turns to what a study may ask for, or is told that it will not. */
    private void speculate() {
        StudyProgress progress =
                state.progress().get(random.nextInt(plan.studies().size()));
        List<TrialRequest> foreseen = progress.foreseen();
        if (!foreseen.isEmpty()) {
            TrialRequest likely = foreseen.get(random.nextInt(foreseen.size()));
            Integer known = state.trialNumber(likely.spec().key());
            TrialState trial = known == null ? null : state.trial(known);
            boolean fit = trial == null
                    || trial.status() == Status.RELEASED && !state.isAsked(trial.number()) && trial.failures() == 0;
            if (fit) {
                persist(List.of(new RunEvent.TrialSpeculated(
                        state.progress().indexOf(progress),
                        likely.label(),
                        known == null ? state.trials().size() : known,
                        likely.spec().key().hex(),
                        likely.windowLimit())));
                speculated++;
            }
        }
        List<RunEvent> needless = state.trials().stream()
                .filter(trial -> isUnasked(trial) && random.nextInt(4) == 0)
                .<RunEvent>map(trial -> new RunEvent.TrialReleased(trial.number(), clock))
                .toList();
        persist(needless);
    }

    int speculated() {
        return speculated;
    }

    private String describe() {
        List<String> open = new ArrayList<>();
        for (int study = 0; study < plan.studies().size(); study++) {
            state.progress()
                    .get(study)
                    .wanted()
                    .forEach(wanted -> open.add(wanted.label() + " to " + wanted.windowLimit()));
        }
        state.requests().stream().filter(RequestState::isOpen).forEach(request -> open.add(String.valueOf(request)));
        return "no end; studies want " + open + ", queued " + state.queued() + ", leased " + state.leased();
    }

    private void step() {
        if (random.nextDouble() < faults.restart()) {
            restart();
        }
        if (random.nextDouble() < faults.cacheHit()) {
            hitCache();
        }
        if (random.nextInt(25) == 0) {
            speculate();
        }
        if (random.nextDouble() < 0.01) {
            snapshot = state;
            snapshotAt = journal.size();
        }
        if (random.nextInt(3) == 0) {
            deliver();
            return;
        }
        Worker worker = workers.get(random.nextInt(workers.size()));
        if (worker.lease == null) {
            assign(worker);
        } else if (random.nextDouble() < faults.death() || worker.poisoned) {
            die(worker);
        } else if (random.nextInt(20) < worker.weight) {
            if (random.nextInt(3) > 0) {
                hearOfOthers(worker);
            }
            send(worker);
        }
    }

    private void assign(Worker worker) {
        List<RunEvent> offers = new ArrayList<>();
        state.queued().forEach(number -> offers.add(ofWaiting(state.trial(number))));
        for (int number : state.leased()) {
            TrialState trial = state.trial(number);
            if (trial.firstGap(trial.windowCount()) >= 0) {
                offers.add(ofWaiting(trial));
            }
            if (faults.split() > random.nextDouble()) {
                offers.addAll(documentsOf(trial));
            }
        }
        if (offers.isEmpty()) {
            return;
        }
        offers.sort(Comparator.comparing(String::valueOf));
        RunEvent lease = offers.get(random.nextInt(offers.size()));
        persist(List.of(lease));
        TrialState trial = state.trial(((RunEvent.OfTrial) lease).trial());
        Portion portion = Objects.requireNonNull(trial.portion(trial.leases()));
        worker.lease = new Lease(trial.number(), trial.leases());
        engaged.add(worker.lease);
        worker.stream = trials.measurements(trial.spec(), portion.firstWindow());
        worker.sent = 0;
        worker.curtail(trial.spec(), portion.toWindow());
        worker.poisoned = poisonous.test(trial.spec());
    }

    private RunEvent ofWaiting(TrialState trial) {
        int gap = trial.firstGap(trial.windowCount());
        int from = gap < 0 ? trial.windows() : gap;
        int to = Math.max(from, trial.gapEnd(from));
        return trial.status() == Status.QUEUED && to == trial.windowCount()
                ? new RunEvent.TrialLeased(trial.number(), trial.leases() + 1, "w", clock)
                : new RunEvent.PortionLeased(trial.number(), trial.leases() + 1, "w", from, to, clock);
    }

    /** The ends of portions from any document on of which nothing is measured. */
    private List<RunEvent> documentsOf(TrialState trial) {
        List<RunEvent> offers = new ArrayList<>();
        EvaluationPlan plan = trial.spec().plan();
        for (Portion portion : trial.portions()) {
            for (int document = 1; document < plan.documents().size(); document++) {
                int from = plan.firstWindow(document);
                if (from > portion.firstWindow() && from < portion.toWindow() && from >= trial.next(portion)) {
                    offers.add(new RunEvent.PortionLeased(
                            trial.number(), trial.leases() + 1, "w", from, portion.toWindow(), clock));
                }
            }
        }
        return offers;
    }

    /** Where its lease ends is told to a worker some time after that was decided. */
    private void hearOfOthers(Worker worker) {
        Lease lease = Objects.requireNonNull(worker.lease);
        TrialState trial = state.trial((int) lease.trial());
        Portion portion = trial.portion(lease.attempt());
        if (portion != null) {
            worker.curtail(trial.spec(), portion.toWindow());
        }
    }

    private void send(Worker worker) {
        Lease lease = Objects.requireNonNull(worker.lease);
        int from = worker.sent > 0 && random.nextDouble() < faults.repeat() ? random.nextInt(worker.sent) : worker.sent;
        int to = Math.min(worker.stream.size(), Math.max(worker.sent, from) + 1 + random.nextInt(6));
        network.computeIfAbsent(lease, l -> new ArrayDeque<>())
                .add(new Message(lease, List.copyOf(worker.stream.subList(from, to))));
        worker.sent = to;
        if (to == worker.stream.size() || !engaged.contains(lease)) {
            worker.lease = null;
        }
    }

    /** The oldest batch of a random lease, as the actor hears it: under a lease that is not the current one, nothing. */
    private void deliver() {
        List<Lease> ways = new ArrayList<>(network.keySet());
        if (ways.isEmpty()) {
            return;
        }
        ways.sort(Comparator.comparingLong(Lease::trial).thenComparingInt(Lease::attempt));
        Lease way = ways.get(random.nextInt(ways.size()));
        Deque<Message> messages = Objects.requireNonNull(network.get(way));
        Message message = messages.remove();
        if (messages.isEmpty()) {
            network.remove(way);
        }
        if (!engaged.contains(message.lease)) {
            return;
        }
        TrialState trial = state.trial((int) message.lease.trial());
        try {
            persist(MeasuredFacts.of(trial, message.lease, message.batch, clock));
        } catch (MeasuredFacts.OutOfOrderException e) {
            throw new AssertionError(e);
        }
    }

    /** Dies with whatever of its batches is still on the way lost, or not. */
    private void die(Worker worker) {
        Lease lease = Objects.requireNonNull(worker.lease);
        worker.lease = null;
        if (!engaged.contains(lease)) {
            return;
        }
        TrialState trial = state.trial((int) lease.trial());
        if (!worker.poisoned && failures(trial, lease) + 1 >= plan.maxAttempts()) {
            worker.lease = lease;
            send(worker);
            return;
        }
        if (random.nextBoolean()) {
            network.remove(lease);
        }
        if (state.isAsked(trial.number())) {
            persist(List.of(failure(trial, lease)));
        } else {
            persist(List.of(
                    new RunEvent.AttemptFailed(trial.number(), lease.attempt(), Faults.POISON, clock),
                    new RunEvent.TrialReleased(trial.number(), clock)));
        }
    }

    private static int failures(TrialState trial, Lease lease) {
        Portion portion = Objects.requireNonNull(trial.portion(lease.attempt()));
        return trial.effort().failuresAt(trial.next(portion));
    }

    private RunEvent failure(TrialState trial, Lease lease) {
        return failures(trial, lease) + 1 >= plan.maxAttempts()
                ? new RunEvent.TrialFailed(trial.number(), Faults.POISON, clock)
                : new RunEvent.AttemptFailed(trial.number(), lease.attempt(), Faults.POISON, clock);
    }

    private void hitCache() {
        for (int number : state.queued()) {
            TrialState trial = state.trial(number);
            if (!poisonous.test(trial.spec())) {
                TrialState complete = trials.complete(trial.spec());
                persist(MeasuredFacts.reused(
                        trial,
                        complete.nllNats(),
                        List.copyOf(complete.layers().values()),
                        complete.gradients().values(),
                        complete.comparisons().values()));
                return;
            }
        }
    }

    private void persist(List<RunEvent> facts) {
        RunDecisions.Outcome outcome = RunDecisions.of(state, facts, clock);
        journal.addAll(outcome.events());
        state = outcome.state();
        engaged.removeIf(lease -> state.trial((int) lease.trial()).portion(lease.attempt()) == null);
    }

    /** Killed: what is stored is all that is left. What workers had sent may still arrive. */
    private void restart() {
        restarts++;
        RunState before = state;
        RunState rebuilt = random.nextBoolean() && snapshot != null ? stored(snapshot) : RunState.of(plan);
        int from = rebuilt.phase() == Phase.NEW ? 0 : snapshotAt;
        for (RunEvent event : journal.subList(from, journal.size())) {
            rebuilt = rebuilt.apply((RunEvent) CODEC.decode(CODEC.encode(event), CODEC.manifest(event)));
        }
        assertSame(rebuilt, before);
        state = rebuilt;
        engaged.clear();
        workers.forEach(worker -> worker.lease = null);
        persist(List.of(new RunEvent.RunResumed(clock)));
    }

    private RunState stored(RunState old) {
        return stored(old, plan);
    }

    /** As a snapshot that was written and read gives it again. */
    static RunState stored(RunState state, RunPlan plan) {
        RunSnapshotAdapter adapter = new RunSnapshotAdapter(plan);
        Object written = adapter.toJournal(state);
        return adapter.fromJournal(CODEC.decode(CODEC.encode(written), CODEC.manifest(written)));
    }

    static List<RunEvent> events(RunState state) {
        return state.history().events(state);
    }

    static void assertSame(RunState actual, RunState expected) {
        assertThat(actual.phase()).isEqualTo(expected.phase());
        assertThat(actual.starts()).isEqualTo(expected.starts());
        assertThat(actual.trials()).isEqualTo(expected.trials());
        assertThat(actual.requests()).isEqualTo(expected.requests());
        assertThat(actual.worked()).isEqualTo(expected.worked());
        assertThat(actual.modelLoads()).isEqualTo(expected.modelLoads());
        assertThat(events(actual)).isEqualTo(events(expected));
        assertThat(actual.requestTable()).isEqualTo(expected.requestTable());
        assertThat(actual.queued()).isEqualTo(expected.queued());
        assertThat(actual.leased()).isEqualTo(expected.leased());
        for (int study = 0; study < expected.progress().size(); study++) {
            assertThat(actual.progress().get(study).wanted())
                    .isEqualTo(expected.progress().get(study).wanted());
        }
    }

    /** Numbers of windows made durable per trial, from the events alone; each window once, in whatever order. */
    Map<Integer, Integer> durableWindows() {
        Map<Integer, Set<Integer>> windows = new HashMap<>();
        Set<Integer> reused = new HashSet<>();
        for (RunEvent event : journal) {
            if (event instanceof RunEvent.WindowsMeasured e) {
                assertThat(reused).doesNotContain(e.trial());
                Set<Integer> measured = windows.computeIfAbsent(e.trial(), first -> new HashSet<>());
                for (int i = 0; i < e.nllNats().length; i++) {
                    assertThat(measured.add(e.firstWindow() + i)).as("once").isTrue();
                }
            } else if (event instanceof RunEvent.TrialReused e) {
                assertThat(reused.add(e.trial())).as("reused once").isTrue();
                Set<Integer> measured = windows.computeIfAbsent(e.trial(), first -> new HashSet<>());
                IntStream.range(0, e.nllNats().length).forEach(measured::add);
            }
        }
        Map<Integer, Integer> counts = new HashMap<>();
        windows.forEach((trial, measured) -> counts.put(trial, measured.size()));
        return counts;
    }
}
