package qroar.orchestrator.coordinator.dispatch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.stream.UniqueKillSwitch;
import org.jspecify.annotations.Nullable;
import qroar.protocol.message.Lease;
import qroar.protocol.message.WorkerMessage;
import qroar.protocol.message.WorkerProfile;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.TrialSpec;

/**
 * Who works here now and on what. Soft state of one coordinator process: it is never journaled, and a restarted
 * coordinator learns it anew. Confined to the actor.
 */
public final class Roster {
    /**
     * A lease under way.
     *
     * @param toldWindow where its worker was told to end
     * @param stream null until the worker has opened it
     */
    public record Engagement(
            Lease lease,
            ActorRef<WorkerMessage> worker,
            int toldWindow,
            @Nullable UniqueKillSwitch stream) {}

    private final LongSupplier nanoTime;
    private final Duration askingTime;
    private final Map<ActorRef<WorkerMessage>, WorkerProfile> workers = new LinkedHashMap<>();
    private final Set<ActorRef<WorkerMessage>> idle = new LinkedHashSet<>();
    private final Map<Lease, Engagement> byLease = new LinkedHashMap<>();
    private final Map<ActorRef<WorkerMessage>, TrialSpec> last = new HashMap<>();
    private final Map<ActorRef<WorkerMessage>, Set<Needs>> lacking = new HashMap<>();
    /**
     * Since when a worker has had nothing to do and has not asked for anything. It is expected to for as long as it is in here,
     * whatever the time: see {@link #forgetWhoDidNotAsk}.
     */
    private final Map<ActorRef<WorkerMessage>, Long> expectedSinceNanos = new HashMap<>();

    /**
     * @param nanoTime a clock that nobody sets
     * @param askingTime for how long a worker that came, or whose lease ended, is expected to ask for work; one that does
     *     not by then may wait for its device for hours
     */
    public Roster(LongSupplier nanoTime, Duration askingTime) {
        this.nanoTime = nanoTime;
        this.askingTime = askingTime;
    }

    /** What a machine must have for a trial; gradients need more of it. */
    private record Needs(
            String checkpointDigest,
            List<DocumentRef> documents,
            List<DocumentRef> calibration,
            TrialSpec.Probe probe) {
        static Needs of(TrialSpec spec) {
            return new Needs(
                    spec.checkpointDigest(),
                    spec.plan().documents(),
                    spec.calibration().documents(),
                    spec.probe());
        }
    }

    public void enlist(ActorRef<WorkerMessage> worker, WorkerProfile profile) {
        workers.put(worker, profile);
        expect(worker);
    }

    public boolean knows(ActorRef<WorkerMessage> worker) {
        return workers.containsKey(worker);
    }

    public void idle(ActorRef<WorkerMessage> worker) {
        idle.add(worker);
        expectedSinceNanos.remove(worker);
    }

    public List<ActorRef<WorkerMessage>> idle() {
        return new ArrayList<>(idle);
    }

    public List<ActorRef<WorkerMessage>> everyone() {
        return new ArrayList<>(workers.keySet());
    }

    public List<WorkerProfile> profiles() {
        return new ArrayList<>(workers.values());
    }

    public String name(ActorRef<WorkerMessage> worker) {
        WorkerProfile profile = workers.get(worker);
        return profile == null ? worker.path().name() : profile.id();
    }

    public void engage(ActorRef<WorkerMessage> worker, Lease lease, TrialSpec spec) {
        idle.remove(worker);
        expectedSinceNanos.remove(worker);
        last.put(worker, spec);
        byLease.put(lease, new Engagement(lease, worker, spec.plan().windows().size(), null));
    }

    /** Whether the worker's last trial had the same quantized model, so that it need not load another. */
    boolean holdsModelOf(ActorRef<WorkerMessage> worker, TrialSpec spec) {
        TrialSpec held = last.get(worker);
        return held != null
                && held.checkpointDigest().equals(spec.checkpointDigest())
                && held.quantization().equals(spec.quantization())
                && held.calibration().equals(spec.calibration());
    }

    /** Remembers that a worker lacks what this trial needs, and so what others with the same needs do. */
    public void lacks(ActorRef<WorkerMessage> worker, TrialSpec spec) {
        lacking.computeIfAbsent(worker, w -> new HashSet<>()).add(Needs.of(spec));
    }

    boolean canRun(ActorRef<WorkerMessage> worker, TrialSpec spec) {
        Set<Needs> lacks = lacking.get(worker);
        return lacks == null || !lacks.contains(Needs.of(spec));
    }

    /** The engagement of exactly this lease, or null when it is not a current one. */
    public @Nullable Engagement engagement(Lease lease) {
        return byLease.get(lease);
    }

    public void streaming(Lease lease, UniqueKillSwitch stream) {
        Engagement engagement = byLease.get(lease);
        if (engagement != null) {
            byLease.put(lease, new Engagement(lease, engagement.worker(), engagement.toldWindow(), stream));
            // A wish that was repeated while the assignment was on its way.
            idle.remove(engagement.worker());
        }
    }

    /** Remembers where a lease's worker was told to end. */
    public void told(Engagement engagement, int toWindow) {
        byLease.put(
                engagement.lease(),
                new Engagement(engagement.lease(), engagement.worker(), toWindow, engagement.stream()));
    }

    public void disengage(Lease lease) {
        Engagement ended = byLease.remove(lease);
        if (ended != null) {
            expect(ended.worker());
        }
    }

    private void expect(ActorRef<WorkerMessage> worker) {
        boolean waits = !askingTime.isZero();
        if (waits && workers.containsKey(worker) && !idle.contains(worker) && !isEngaged(worker)) {
            expectedSinceNanos.put(worker, nanoTime.getAsLong());
        }
    }

    /**
     * Ends the expectation of those whose time to ask is over: before a decision, so that all of it rests on one reading of the
     * clock. Were the clock asked again afterwards, a thread that was held up in between could refuse a worker because of
     * another, find that nobody is expected any more, and so never look again.
     */
    public void forgetWhoDidNotAsk() {
        long now = nanoTime.getAsLong();
        expectedSinceNanos.values().removeIf(since -> now - since >= askingTime.toNanos());
    }

    /**
     * How long what an idle worker was refused may hang on others who are expected to ask, zero where their time has come to an
     * end since; null when nobody is idle or nobody is expected.
     */
    public @Nullable Duration untilFewerAreExpected() {
        if (idle.isEmpty() || expectedSinceNanos.isEmpty()) {
            return null;
        }
        long now = nanoTime.getAsLong();
        long left = expectedSinceNanos.values().stream()
                .mapToLong(since -> askingTime.toNanos() - (now - since))
                .min()
                .orElse(0);
        return Duration.ofNanos(Math.max(0, left));
    }

    /**
     * Whether nobody else who is at work, wants some or will in a moment could run this; one who hangs, and one who waits
     * for its device, is none of these.
     */
    boolean isOnlyFor(ActorRef<WorkerMessage> worker, TrialSpec spec) {
        return workers.keySet().stream()
                .filter(other -> !other.equals(worker) && canRun(other, spec))
                .noneMatch(other -> idle.contains(other) || isEngaged(other) || expectedSinceNanos.containsKey(other));
    }

    private boolean isEngaged(ActorRef<WorkerMessage> worker) {
        return byLease.values().stream().anyMatch(e -> e.worker().equals(worker));
    }

    /** Whether the worker was given a trial and has not answered yet. */
    public boolean awaitsStart(ActorRef<WorkerMessage> worker) {
        return byLease.values().stream().anyMatch(e -> e.worker().equals(worker) && e.stream() == null);
    }

    public List<Engagement> engagements() {
        return new ArrayList<>(byLease.values());
    }

    /** Forgets a worker and returns what it was running. */
    public List<Engagement> lose(ActorRef<WorkerMessage> worker) {
        workers.remove(worker);
        idle.remove(worker);
        last.remove(worker);
        lacking.remove(worker);
        expectedSinceNanos.remove(worker);
        return byLease.values().stream().filter(e -> e.worker().equals(worker)).toList();
    }
}
