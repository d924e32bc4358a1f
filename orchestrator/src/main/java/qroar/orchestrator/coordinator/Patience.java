package qroar.orchestrator.coordinator;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import qroar.protocol.trial.Measurement.Exertion;
import qroar.protocol.trial.Measurement.Loading;

/**
 * The arithmetic of waiting for one attempt: what is heard of its worker goes in, and whether it is dead or hangs comes out.
 * Instants are nanoseconds of one clock. Not thread-safe.
 *
 * <p>Dead: neither measurement nor pulse for {@code silence}. Hung: pulses, but no measurement for longer than a deadline
 * that is learned from the attempt itself: ten times the longest wait between its windows so far, at least {@code floor},
 * and at least as long as the attempt has taken until then, because whatever a worker may have to do again (a document's
 * prefix, after its device ran out of memory) it did within that time.
 *
 * <p>Before the first window {@code first} holds until the worker says what it does. While it makes its model ready, the
 * steps of that are what is awaited: ten times the longest wait for one, at least ten times {@code floor}, which a slow disk
 * has for a single tensor, and never longer than {@code first}. Once the worker says that it reads, the blocks that its
 * passes begin are what is awaited, under the same rule: ten times the longest wait for one, at least {@code floor} and the
 * time of reading so far. The first block, before which a document is split into tokens and a device wakes up, has ten times
 * {@code floor}. As long as blocks follow one another no window is overdue, however long its prefix.
 *
 * <p>Of the time that is waited only that counts in which the worker did nothing although it could, as its pulses tell:
 * one that computes is not hung however slow it is, and one that is kept from computing (a busy machine, a quota, a
 * suspended process) does not even know. Computing without getting anywhere has a bound too, in processor time: {@code
 * first}, or the deadline above where that is longer.
 */
final class Patience {
    private static final int FACTOR = 10;

    /**
     * How long to wait for what.
     *
     * @param silence without a sign of life; a year or more for a worker in this process
     * @param first until the first window, or until the documents are read
     * @param floor least deadline of later windows and of blocks
     */
    record Limits(Duration silence, Duration first, Duration floor) {}

    private final Limits limits;
    private long begun;
    private long awaitedSince;
    private long heardAt;
    private long lookedAt;
    private long longestWait;
    private boolean measuredAny;
    private boolean reads;
    private long readsSince;
    private long blocks;
    private long blockAt;
    private long longestBlock;
    private long steps;
    private long stepAt;
    private long longestStep;
    private boolean signs;
    private long signedAt;
    private long idleSeen;
    private long busySeen;
    /** Processor time since the worker last got further. */
    private long busyInVain;

    Patience(Limits limits, long now) {
        this.limits = limits;
        this.begun = now;
        this.awaitedSince = now;
        this.heardAt = now;
        this.lookedAt = now;
        this.signedAt = now;
    }

    void awaits(long now) {
        awaitedSince = now;
        heardAt = now;
        blockAt = now;
        stepAt = now;
    }

    void heard(long now) {
        heardAt = now;
    }

    void exerted(long now, Exertion exertion) {
        signed(now, exertion.idleNanos(), exertion.busyNanos());
        if (exertion.reads()) {
            progressed(now, exertion.blocks());
        } else {
            heard(now);
        }
    }

    /** A sign of life that names the steps of loading taken so far. */
    void loading(long now, Loading loading) {
        signed(now, loading.idleNanos(), loading.busyNanos());
        if (loading.steps() > steps) {
            longestStep = steps == 0 ? 0 : Math.max(longestStep, now - stepAt);
            steps = loading.steps();
            stepAt = now;
            busyInVain = 0;
        }
        heard(now);
    }

    /** Only idleness counts of the time since the last sign. */
    private void signed(long now, long idleNanos, long busyNanos) {
        long awaited = now - Math.max(signedAt, awaitedSince);
        long excused = Math.max(0, awaited - Math.max(0, idleNanos - idleSeen));
        busyInVain += Math.max(0, busyNanos - busySeen);
        idleSeen = idleNanos;
        busySeen = busyNanos;
        signedAt = now;
        signs = true;
        begun += excused;
        awaitedSince = Math.min(now, awaitedSince + excused);
        readsSince = Math.min(now, readsSince + excused);
        blockAt = Math.min(now, blockAt + excused);
        stepAt = Math.min(now, stepAt + excused);
    }

    /** A sign of life that names the blocks begun so far; one that is begun shows that those before it are done. */
    void progressed(long now, long begunBlocks) {
        if (!reads) {
            reads = true;
            // Not since when exactly: but at the last sign of life it did not read yet.
            readsSince = heardAt;
            blockAt = heardAt;
        }
        if (begunBlocks > blocks) {
            longestBlock = Math.max(longestBlock, now - blockAt);
            blocks = begunBlocks;
            busyInVain = 0;
            blockAt = now;
        }
        heardAt = now;
    }

    void measured(long now, boolean window) {
        if (measuredAny && window) {
            longestWait = Math.max(longestWait, now - awaitedSince);
        }
        measuredAny |= window;
        busyInVain = 0;
        heardAt = now;
    }

    /** A look that comes far too late tells that this process stood still, not that the worker did. */
    void looked(long now, long every) {
        long late = now - lookedAt - every;
        if (late > every) {
            begun += late;
            awaitedSince = Math.min(now, awaitedSince + late);
            signedAt = Math.min(now, signedAt + late);
            heardAt = Math.min(now, heardAt + late);
            readsSince = Math.min(now, readsSince + late);
            blockAt = Math.min(now, blockAt + late);
            stepAt = Math.min(now, stepAt + late);
        }
        lookedAt = now;
    }

    /** Why to give up now, or null. */
    @Nullable String overdue(long now) {
        if (isSilent(now)) {
            return "no sign of life from its worker for " + seconds(now - heardAt);
        }
        // What the worker did since its last sign, its next one tells; where none comes, that is silence.
        long known = Math.max(signs ? signedAt : heardAt, Math.max(awaitedSince, blockAt));
        if (busyInVain > Math.max(limits.first().toNanos(), learned())) {
            return "its worker computed for " + seconds(busyInVain) + " and came no further";
        }
        if (reads && !measuredAny) {
            return known - blockAt > nextBlock()
                    ? "its worker lives but came no further for " + seconds(known - blockAt)
                            + ", before its first window"
                    : null;
        }
        if (steps > 0 && !measuredAny) {
            return known - stepAt > nextStep()
                    ? "its worker lives but came no further for " + seconds(known - stepAt)
                            + " with making its model ready"
                    : null;
        }
        long deadline = measuredAny ? learned() : limits.first().toNanos();
        return known - awaitedSince > deadline
                ? "its worker lives but measured nothing for " + seconds(known - awaitedSince)
                : null;
    }

    boolean isSilent(long now) {
        return now - heardAt > limits.silence().toNanos();
    }

    private long learned() {
        long soFar = awaitedSince - begun;
        return Math.max(limits.floor().toNanos(), Math.max(FACTOR * longestWait, soFar));
    }

    private long nextStep() {
        return Math.min(
                limits.first().toNanos(), FACTOR * Math.max(limits.floor().toNanos(), longestStep));
    }

    private long nextBlock() {
        if (blocks < 2) {
            return Math.min(limits.first().toNanos(), FACTOR * limits.floor().toNanos());
        }
        long soFar = blockAt - readsSince;
        return Math.max(limits.floor().toNanos(), Math.max(FACTOR * longestBlock, soFar));
    }

    private static String seconds(long nanos) {
        return Duration.ofNanos(nanos).toMillis() / 1000.0 + " s";
    }
}
