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
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.Measurement.Exertion;
import qroar.protocol.trial.Measurement.Loading;
import qroar.protocol.trial.Measurement.Progress;
import qroar.protocol.trial.Measurement.Pulse;
import qroar.protocol.trial.WindowLoss;

/**
 * Fails a measurement stream whose worker is dead or hangs, and takes the pulses out of it.
 *
 * <p>How long it waits for what is {@link Patience}'s.
 *
 * <p>Only time in which a measurement is awaited counts: neither a slow journal nor a pause of this very process can be
 * taken for a worker's death, which is why Pekko's {@code idleTimeout} does not do.
 */
final class MeasurementWatch extends GraphStage<FlowShape<Measurement, Measurement>> {
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

    private static final int LOOKS = 4;
    private static final Duration MAX_LOOK = Duration.ofSeconds(1);

    private final Inlet<Measurement> in = Inlet.create("MeasurementWatch.in");
    private final Outlet<Measurement> out = Outlet.create("MeasurementWatch.out");
    private final Patience.Limits limits;
    private final LongSupplier nanoTime;
    private final Duration lookEvery;

    MeasurementWatch(Patience.Limits limits) {
        this(limits, System::nanoTime);
    }

    MeasurementWatch(Patience.Limits limits, LongSupplier nanoTime) {
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
}
