package qroar.orchestrator.app.worker;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.TrialCost;
import qroar.protocol.trial.TrialSpec;
import qroar.protocol.trial.WindowLoss;
import qroar.workers.worker.Cancellation;
import qroar.workers.worker.CancelledTrialException;
import qroar.workers.worker.NoRoom;
import qroar.workers.worker.NotHere;
import qroar.workers.worker.TrialMeasurer;

/** Counts what the workers on one device do, since the process began. Thread-safe; costs some nanoseconds a window. */
final class DeviceMeter {
    /** How a lease ended on this side. */
    enum Ending {
        /** Measured to the last window. */
        COMPLETE,
        /** Nobody wanted more of it. */
        CANCELLED,
        /** This machine lacks what the trial names. */
        DECLINED,
        /** Others held the memory. */
        SENT_BACK,
        FAILED
    }

    private final LongAdder leases = new LongAdder();
    private final LongAdder windows = new LongAdder();
    private final LongAdder scoredTokens = new LongAdder();
    private final LongAdder forwardTokens = new LongAdder();
    private final LongAdder forwardNanos = new LongAdder();
    private final LongAdder preparingNanos = new LongAdder();
    private final LongAdder computingNanos = new LongAdder();
    private final Map<Ending, LongAdder> endings = new EnumMap<>(Ending.class);
    private final AtomicInteger preparing = new AtomicInteger();
    private final AtomicInteger computing = new AtomicInteger();

    DeviceMeter() {
        for (Ending ending : Ending.values()) {
            endings.put(ending, new LongAdder());
        }
    }

    /** The same measurer, counted. */
    TrialMeasurer counting(TrialMeasurer measurer) {
        return new TrialMeasurer() {
            @Override
            public TrialMeasurer.Cursor open(TrialSpec spec, int firstWindow, Cancellation cancellation) {
                return DeviceMeter.this.open(measurer, spec, firstWindow, cancellation);
            }

            @Override
            public boolean isDeviceComputing() {
                return measurer.isDeviceComputing();
            }
        };
    }

    private TrialMeasurer.Cursor open(
            TrialMeasurer measurer, TrialSpec spec, int firstWindow, Cancellation cancellation) {
        leases.increment();
        preparing.incrementAndGet();
        long begun = System.nanoTime();
        try {
            return new Counted(measurer.open(spec, firstWindow, cancellation));
        } catch (RuntimeException | Error e) {
            count(ending(e));
            throw e;
        } finally {
            preparingNanos.add(System.nanoTime() - begun);
            preparing.decrementAndGet();
        }
    }

    private static Ending ending(Throwable cause) {
        if (cause instanceof CancelledTrialException) {
            return Ending.CANCELLED;
        }
        if (cause instanceof NotHere) {
            return Ending.DECLINED;
        }
        return cause instanceof NoRoom ? Ending.SENT_BACK : Ending.FAILED;
    }

    private void count(Ending ending) {
        adder(ending).increment();
    }

    private LongAdder adder(Ending ending) {
        return endings.computeIfAbsent(ending, absent -> new LongAdder());
    }

    /** Belongs to one thread at a time, as every cursor. */
    private final class Counted implements TrialMeasurer.Cursor {
        private final TrialMeasurer.Cursor cursor;
        private @Nullable Ending ending;
        private boolean closed;

        Counted(TrialMeasurer.Cursor cursor) {
            this.cursor = cursor;
            computing.incrementAndGet();
        }

        @Override
        public @Nullable Measurement next() {
            long begun = System.nanoTime();
            try {
                Measurement next = cursor.next();
                if (next instanceof WindowLoss window) {
                    windows.increment();
                    scoredTokens.add(window.tokens());
                } else if (next instanceof TrialCost cost) {
                    forwardTokens.add(cost.forwardTokens());
                    forwardNanos.add(cost.computeNanos());
                    ending = Ending.COMPLETE;
                }
                return next;
            } catch (RuntimeException | Error e) {
                ending = ending(e);
                throw e;
            } finally {
                computingNanos.add(System.nanoTime() - begun);
            }
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                computing.decrementAndGet();
                count(ending == null ? Ending.CANCELLED : ending);
            }
            cursor.close();
        }
    }

    /** Trials begun. */
    long leases() {
        return leases.sum();
    }

    long ended(Ending ending) {
        return adder(ending).sum();
    }

    long windows() {
        return windows.sum();
    }

    /** Scored tokens in those windows. */
    long scoredTokens() {
        return scoredTokens.sum();
    }

    /** Tokens that went through a model, of trials that were completed. */
    long forwardTokens() {
        return forwardTokens.sum();
    }

    /** Time inside the forward pass for them. */
    long forwardNanos() {
        return forwardNanos.sum();
    }

    /** Time until trials could begin: room was waited for, models were loaded. */
    long preparingNanos() {
        return preparingNanos.sum();
    }

    /** Time in which trials were measured, completed or not. */
    long computingNanos() {
        return computingNanos.sum();
    }

    /** Workers that prepare a trial now. */
    int preparing() {
        return preparing.get();
    }

    /** Workers in the middle of a trial now. */
    int computing() {
        return computing.get();
    }
}
