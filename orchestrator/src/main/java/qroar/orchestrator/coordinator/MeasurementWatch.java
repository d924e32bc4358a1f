package qroar.orchestrator.coordinator;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.stage.AbstractInHandler;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.stream.stage.TimerGraphStageLogic;
import org.jspecify.annotations.Nullable;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.Measurement.Exertion;
import qroar.protocol.trial.Measurement.Loading;
import qroar.protocol.trial.Measurement.Progress;
import qroar.protocol.trial.Measurement.Pulse;
import qroar.protocol.trial.WindowLoss;

/**
 * Fails a measurement stream whose worker is dead or hangs, and takes the pulses out of it.
 *
 * <p>Dead: neither measurement nor pulse for {@code silence}. Hung: pulses, but no measurement for longer than a deadline
 * that is learned from the attempt itself: ten times the longest wait between its windows so far, at least {@code floor},
 * and at least as long as the attempt has taken until then, because whatever a worker may have to do again (a document's
 * prefix, after its device ran out of memory) it did within that time.
 *
 * <p>Before the first window {@code first} holds until the worker says what it does. While it makes its model ready, the
 * steps of that are what is awaited: ten times the longest wait for one, at least ten times {@code floor}, which a slow disk
 * has for a single tensor, and never longer than {@code first}. Once the worker says that it reads, the blocks that its passes begin are what is awaited, under the same rule: ten times the longest wait for
 * one, at least {@code floor} and the time of reading so far. The first block, before which a document is split into
 * tokens and a device wakes up, has ten times {@code floor}. As long as blocks follow one another no window is overdue,
 * however long its prefix.
 *
 * <p>Of the time that is waited only that counts in which the worker did nothing although it could, as its pulses tell:
 * one that computes is not hung however slow it is, and one that is kept from computing (a busy machine, a quota, a
 * suspended process) does not even know. Computing without getting anywhere has a bound too, in processor time: {@code
 * first}, or the deadline above where that is longer.
 *
 * <p>Only time in which a measurement is awaited counts: neither a slow journal nor a pause of this very process can be
 * taken for a worker's death, which is why Pekko's {@code idleTimeout} does not do.
 */
final class MeasurementWatch extends GraphStage<FlowShape<Measurement, Measurement>> {
    /**
     * How long to wait for what.
     *
     * @param silence without a sign of life; a year or more for a worker in this process
     * @param first until the first window, or until the documents are read
     * @param floor least deadline of later windows and of blocks
     */
    record Limits(Duration silence, Duration first, Duration floor) {}

    /** A worker is dead or hangs; the message says which. */
    static final class Overdue extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final boolean silent;

        private Overdue(String message, boolean silent) {
            super(message, null, false, false);
            this.silent = silent;
        }

        static Overdue silent(String message) {
            return new Overdue(message, true);
        }

        static Overdue hung(String message) {
            return new Overdue(message, false);
        }

        /** Whether nothing was heard of the worker: it is dead, suspended, or cut off. */
        boolean isSilent() {
            return silent;
        }
    }

    private static final int FACTOR = 10;
    private static final int LOOKS = 4;
    private static final Duration MAX_LOOK = Duration.ofSeconds(1);

    private final Inlet<Measurement> in = Inlet.create("MeasurementWatch.in");
    private final Outlet<Measurement> out = Outlet.create("MeasurementWatch.out");
    private final Limits limits;
    private final LongSupplier nanoTime;
    private final Duration lookEvery;

    MeasurementWatch(Limits limits) {
        this(limits, System::nanoTime);
    }

    MeasurementWatch(Limits limits, LongSupplier nanoTime) {
        this.limits = limits;
        this.nanoTime = nanoTime;
        Duration shortest = limits.silence().compareTo(limits.floor()) < 0 ? limits.silence() : limits.floor();
        Duration look = shortest.dividedBy(LOOKS);
        this.lookEvery = look.compareTo(MAX_LOOK) < 0 ? look : MAX_LOOK;
    }

    @Override
    public FlowShape<Measurement, Measurement> shape() {
        return FlowShape.of(in, out);
    }

    @Override
    public GraphStageLogic createLogic(Attributes attributes) {
        return new Logic();
    }

    private final class Logic extends TimerGraphStageLogic {
        private final Patience patience = new Patience(limits, nanoTime.getAsLong());

        Logic() {
            super(MeasurementWatch.this.shape());
            setHandler(in, new AbstractInHandler() {
                @Override
                public void onPush() {
                    Measurement measurement = grab(in);
                    long now = nanoTime.getAsLong();
                    if (measurement instanceof Pulse) {
                        patience.heard(now);
                        pull(in);
                    } else if (measurement instanceof Progress progress) {
                        patience.progressed(now, progress.blocks());
                        pull(in);
                    } else if (measurement instanceof Exertion exertion) {
                        patience.exerted(now, exertion);
                        pull(in);
                    } else if (measurement instanceof Loading loading) {
                        patience.loading(now, loading);
                        pull(in);
                    } else {
                        patience.measured(now, measurement instanceof WindowLoss);
                        push(out, measurement);
                    }
                }
            });
            setHandler(out, new AbstractOutHandler() {
                @Override
                public void onPull() {
                    patience.awaits(nanoTime.getAsLong());
                    pull(in);
                }
            });
        }

        @Override
        public void preStart() {
            scheduleWithFixedDelay("look", lookEvery, lookEvery);
        }

        @Override
        public void onTimer(Object key) {
            long now = nanoTime.getAsLong();
            patience.looked(now, lookEvery.toNanos());
            String overdue = hasBeenPulled(in) ? patience.overdue(now) : null;
            if (overdue != null) {
                failStage(patience.isSilent(now) ? Overdue.silent(overdue) : Overdue.hung(overdue));
            }
        }
    }

    /** The arithmetic of waiting: instants are nanoseconds of one clock. Not thread-safe. */
    static final class Patience {
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
                return Math.min(
                        limits.first().toNanos(), FACTOR * limits.floor().toNanos());
            }
            long soFar = blockAt - readsSince;
            return Math.max(limits.floor().toNanos(), Math.max(FACTOR * longestBlock, soFar));
        }

        private static String seconds(long nanos) {
            return Duration.ofNanos(nanos).toMillis() / 1000.0 + " s";
        }
    }
}
