package qroar.orchestrator.coordinator;

import java.util.Iterator;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.coordinator.state.SyntheticTrials;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.TrialSpec;
import qroar.protocol.trial.WindowLoss;
import qroar.workers.worker.Cancellation;
import qroar.workers.worker.TrialMeasurer;

/** Measures synthetic trials at once, and counts; {@link #beforeEach} may fail or wait. */
class FakeMeasurer implements TrialMeasurer {
    final AtomicInteger opened = new AtomicInteger();
    final AtomicInteger closed = new AtomicInteger();
    final AtomicInteger measured = new AtomicInteger();
    private final SyntheticTrials trials;

    FakeMeasurer(SyntheticTrials trials) {
        this.trials = trials;
    }

    /** Called before each measurement. */
    void beforeEach(TrialSpec spec, int firstWindow, int index) {}

    @Override
    public Cursor open(TrialSpec spec, int firstWindow, Cancellation cancellation) {
        opened.incrementAndGet();
        Iterator<Measurement> measurements =
                trials.measurements(spec, firstWindow).iterator();
        return new Cursor() {
            private int index;

            @Override
            public @Nullable Measurement next() {
                if (!measurements.hasNext()) {
                    return null;
                }
                beforeEach(spec, firstWindow, index++);
                measured.incrementAndGet();
                Measurement next = measurements.next();
                while (next instanceof WindowLoss window && window.index() >= cancellation.toWindow()) {
                    next = measurements.next();
                }
                return next;
            }

            @Override
            public void close() {
                closed.incrementAndGet();
            }
        };
    }
}
