package qroar.workers.measure;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.trial.KeyTokenRule;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.ModelLoaded;
import qroar.protocol.trial.Reference;
import qroar.protocol.trial.TrialCost;
import qroar.protocol.trial.TrialSpec;
import qroar.protocol.trial.WindowLoss;
import qroar.protocol.trial.WindowSpan;
import qroar.workers.divergence.KeptStates;
import qroar.workers.worker.Cancellation;
import qroar.workers.worker.CancelledTrialException;
import qroar.workers.worker.TrialMeasurer;

/**
 * Lets the reference of a trial read first what this machine has not kept of it: as a trial of its own, so that two models
 * are never needed at once and the device's memory is asked for as ever. Thread-safe.
 */
public final class ReferringMeasurer implements TrialMeasurer {
    private final TrialMeasurer measurer;
    private final KeptStates kept;

    /** @param measurer of this machine, by which the reference reads too */
    public ReferringMeasurer(TrialMeasurer measurer, KeptStates kept) {
        this.measurer = measurer;
        this.kept = kept;
    }

    @Override
    public Cursor open(TrialSpec spec, int firstWindow, Cancellation cancellation) {
        Reference reference = spec.reference();
        if (reference == null || spec.isReference()) {
            return measurer.open(spec, firstWindow, cancellation);
        }
        Before before = new Before();
        List<WindowSpan> windows = spec.plan().windows();
        int first = firstWindow;
        while (first < Math.min(windows.size(), cancellation.toWindow())) {
            int document = windows.get(first).document();
            int next = spec.plan().firstWindow(document + 1);
            int positions = spec.plan().positions(document);
            if (!kept.holds(
                    new KeptStates.Entry(reference, spec.plan().documents().get(document), positions))) {
                read(reference.reading(spec), first, next - 1, cancellation, before);
                KeyTokenRule rule = reference.keyTokens();
                before.forwardTokens += rule == null ? 0 : rule.nearbyTokens(positions);
            }
            first = next;
        }
        return before.with(measurer.open(spec, firstWindow, cancellation));
    }

    /** Reads on up to a window, the last of a document. */
    private void read(TrialSpec reading, int first, int last, Cancellation cancellation, Before before) {
        long begun = System.nanoTime();
        try (Cursor cursor = measurer.open(reading, first, cancellation)) {
            Measurement next;
            do {
                if (cancellation.isRaised()) {
                    throw new CancelledTrialException();
                }
                next = cursor.next();
                if (next instanceof ModelLoaded) {
                    before.ready.add(next);
                }
            } while (next != null && !(next instanceof WindowLoss window && window.index() == last));
        }
        before.forwardTokens += reading.plan().forwardTokens(first, last + 1);
        before.nanos += System.nanoTime() - begun;
    }

    @Override
    public boolean isDeviceComputing() {
        return measurer.isDeviceComputing();
    }

    /** What the reference's reading took, told with the trial's own. */
    private static final class Before {
        private final Deque<Measurement> ready = new ArrayDeque<>();
        private long forwardTokens;
        private long nanos;

        Cursor with(Cursor cursor) {
            return new Cursor() {
                @Override
                public @Nullable Measurement next() {
                    if (!ready.isEmpty()) {
                        return ready.poll();
                    }
                    Measurement next = cursor.next();
                    return next instanceof TrialCost cost
                            ? new TrialCost(cost.forwardTokens() + forwardTokens, cost.computeNanos() + nanos)
                            : next;
                }

                @Override
                public void close() {
                    cursor.close();
                }
            };
        }
    }
}
