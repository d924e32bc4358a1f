package qroar.workers.memory;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.workers.worker.CancelledTrialException;
import qroar.workers.worker.NoRoom;
import qroar.workers.worker.NotHere;

/**
 * Lets trials onto one device, in this process. A trial that can never fit is refused with the figures; one that does not
 * fit now, or at a time when others hold more than they are to be left, makes idle models leave the device, waits a
 * bounded time, and is sent back.
 *
 * <p>What a trial was promised counts as taken until it has computed something, for only then a look at the device shows
 * it. Thread-safe.
 */
public final class MemoryGate {
    private static final Logger LOG = LoggerFactory.getLogger(MemoryGate.class);
    private static final long LOOK_AGAIN_NANOS = Duration.ofSeconds(1).toNanos();

    private final String device;
    private final DeviceMemory memory;
    private final Limits limits;
    private final Holdings holdings;
    private final Clock clock;
    private long promised;
    private long inUse;
    private final AtomicInteger waiting = new AtomicInteger();
    private DeviceMemory.Reading last;
    private long lastNanos;
    private boolean outdated;

    /**
     * What a person allows.
     *
     * @param capBytes that models and passes of this process may take; {@code Long.MAX_VALUE} for all
     * @param yieldAboveBytes held by others, from which on they have the device; {@code Long.MAX_VALUE} for never
     * @param patience how long a trial waits for memory before it is sent back
     */
    public record Limits(long capBytes, long yieldAboveBytes, Duration patience) {}

    /** The models that this process keeps on the device. */
    public interface Holdings {
        /** Of all of them, used or idle. */
        long modelBytes();

        /** Lets those go that nobody uses, down to the driver. */
        void releaseIdle();
    }

    /** Time, and its passing. */
    public interface Clock {
        long nanos();

        void pause(long nanos);

        static Clock real() {
            return new Clock() {
                @Override
                public long nanos() {
                    return System.nanoTime();
                }

                @Override
                public void pause(long nanos) {
                    java.util.concurrent.locks.LockSupport.parkNanos(nanos);
                }
            };
        }
    }

    /** Whether the device computes, for this process or another; see {@link DeviceMemory#isComputing}. */
    public boolean isDeviceComputing() {
        return memory.isComputing();
    }

    public MemoryGate(String device, DeviceMemory memory, Limits limits, Holdings holdings) {
        this(device, memory, limits, holdings, Clock.real());
    }

    /** The same under a time of one's own. */
    public MemoryGate(String device, DeviceMemory memory, Limits limits, Holdings holdings, Clock clock) {
        this.device = device;
        this.memory = memory;
        this.limits = limits;
        this.holdings = holdings;
        this.clock = clock;
        this.last = memory.read();
        this.lastNanos = clock.nanos();
    }

    /** The room of one trial. */
    public final class Permit implements AutoCloseable {
        private final MemoryNeed need;
        private boolean settled;
        private boolean closed;

        private Permit(MemoryNeed need) {
            this.need = need;
            promised += need.total();
            inUse += need.total() - need.weights();
        }

        /** The trial has computed something: what it takes is taken. */
        public void settle() {
            synchronized (MemoryGate.this) {
                if (!settled) {
                    settled = true;
                    promised -= need.total();
                    // An older look would show neither the promise nor what came of it.
                    outdated = true;
                }
            }
        }

        @Override
        public void close() {
            settle();
            synchronized (MemoryGate.this) {
                if (!closed) {
                    closed = true;
                    inUse -= need.total() - need.weights();
                }
            }
        }
    }

    /** Most that this process could ever have. */
    public long most() {
        return Math.min(limits.capBytes(), reading(LOOK_AGAIN_NANOS).total());
    }

    /** Most that this process can have beside what others hold now. */
    public long leftByOthers() {
        return Math.min(limits.capBytes(), reading(LOOK_AGAIN_NANOS).left());
    }

    /** @throws NotHere with the figures, when that much never fits */
    public void requirePossible(MemoryNeed need) {
        long most = Math.min(limits.capBytes(), reading(0).total());
        if (need.total() > most) {
            throw new NotHere(device + " of this machine has " + MemoryNeed.gibibytes(most)
                    + (limits.capBytes() == most ? " to use (--memory)" : "") + " and the trial needs " + need);
        }
    }

    /**
     * Takes room for a trial. Blocks.
     *
     * @param whole what the trial needs with its model
     * @param isLoaded whether the model is there already
     * @param cancelled asked while waiting
     * @throws NotHere when it never fits
     * @throws NoRoom when it does not fit within the time
     */
    public Permit admit(MemoryNeed whole, BooleanSupplier isLoaded, BooleanSupplier cancelled) {
        requirePossible(whole);
        waiting.incrementAndGet();
        try {
            return admitWhenFree(whole, isLoaded, cancelled);
        } finally {
            waiting.decrementAndGet();
        }
    }

    private Permit admitWhenFree(MemoryNeed whole, BooleanSupplier isLoaded, BooleanSupplier cancelled) {
        long deadline = clock.nanos() + limits.patience().toNanos();
        boolean said = false;
        while (true) {
            String obstacle;
            synchronized (this) {
                MemoryNeed need = isLoaded.getAsBoolean() ? whole.withLoadedModel() : whole;
                obstacle = obstacle(need);
                if (obstacle.isEmpty()) {
                    if (said) {
                        LOG.info("{} has room again", device);
                    }
                    return new Permit(need);
                }
            }
            holdings.releaseIdle();
            if (cancelled.getAsBoolean()) {
                throw new CancelledTrialException();
            }
            if (clock.nanos() >= deadline) {
                throw new NoRoom(obstacle);
            }
            if (!said) {
                said = true;
                LOG.warn("{}; waiting up to {} s", obstacle, limits.patience().toSeconds());
            }
            clock.pause(LOOK_AGAIN_NANOS);
        }
    }

    /** Why a trial cannot begin now; empty when it can. */
    private String obstacle(MemoryNeed need) {
        DeviceMemory.Reading now = reading(LOOK_AGAIN_NANOS / 2);
        if (now.others() > limits.yieldAboveBytes()) {
            return left(now);
        }
        long free = now.free() - promised;
        if (need.total() > free) {
            return "a trial needs " + need + " of " + device + ", which has " + MemoryNeed.gibibytes(Math.max(0, free))
                    + " free of " + MemoryNeed.gibibytes(now.total()) + "; others hold "
                    + MemoryNeed.gibibytes(now.others());
        }
        long held = holdings.modelBytes() + inUse;
        if (limits.capBytes() != Long.MAX_VALUE && need.total() > limits.capBytes() - held) {
            return "a trial needs " + need + " of " + device + ", of which this process holds "
                    + MemoryNeed.gibibytes(held) + " and may hold " + MemoryNeed.gibibytes(limits.capBytes())
                    + " (--memory)";
        }
        return "";
    }

    private String left(DeviceMemory.Reading now) {
        return "others hold " + MemoryNeed.gibibytes(now.others()) + " of " + device + ", more than "
                + MemoryNeed.gibibytes(limits.yieldAboveBytes()) + " (--yield-above): it is left to them";
    }

    /**
     * Between two documents: leaves the device where others have come to need it.
     *
     * @throws NoRoom with the figures
     */
    public void yieldIfOthersGrew() {
        if (limits.yieldAboveBytes() != Long.MAX_VALUE) {
            DeviceMemory.Reading now = reading(2 * LOOK_AGAIN_NANOS);
            if (now.others() > limits.yieldAboveBytes()) {
                throw new NoRoom(left(now));
            }
        }
    }

    /** After a trial went: models that nobody uses do not wait on a device that is left to others. */
    public void afterTrial() {
        if (limits.yieldAboveBytes() != Long.MAX_VALUE
                && reading(2 * LOOK_AGAIN_NANOS).others() > limits.yieldAboveBytes()) {
            holdings.releaseIdle();
        }
    }

    /** Trials that wait for room now. */
    public int waiting() {
        return waiting.get();
    }

    /** The memory as last seen, looked at anew when that is longer ago. */
    public synchronized DeviceMemory.Reading reading(long maxAgeNanos) {
        if (outdated || clock.nanos() - lastNanos > maxAgeNanos) {
            last = memory.read();
            lastNanos = clock.nanos();
            outdated = false;
        }
        return last;
    }
}
