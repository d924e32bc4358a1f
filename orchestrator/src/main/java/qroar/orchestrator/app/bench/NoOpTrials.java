package qroar.orchestrator.app.bench;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.TrialCost;
import qroar.protocol.trial.TrialSpec;
import qroar.protocol.trial.WindowLoss;
import qroar.protocol.trial.WindowSpan;
import qroar.workers.worker.Cancellation;
import qroar.workers.worker.TrialMeasurer;

/**
 * A worker's measurer without a model: every window loses what its tokens and the distance of the scales from 1 say, so
 * that no candidate ever wins. Remembers when its worker had nothing to do. One per worker; thread-safe.
 */
final class NoOpTrials implements TrialMeasurer {
    private static final double NATS_PER_TOKEN = 2.5;

    private final Queue<Long> idleNanos = new ConcurrentLinkedQueue<>();
    private final AtomicLong trials = new AtomicLong();
    private final AtomicLong firstOpenedAt = new AtomicLong();
    private volatile long closedAt;

    /** Trials begun. */
    long trials() {
        return trials.get();
    }

    /** {@link System#nanoTime} of the first trial; 0 before. */
    long firstOpenedAt() {
        return firstOpenedAt.get();
    }

    /** From the end of one trial to the beginning of the next. */
    long[] idleNanos() {
        return idleNanos.stream().mapToLong(Long::longValue).toArray();
    }

    void forgetIdleTimes() {
        idleNanos.clear();
    }

    @Override
    public Cursor open(TrialSpec spec, int firstWindow, Cancellation cancellation) {
        long now = System.nanoTime();
        firstOpenedAt.compareAndSet(0, now);
        trials.incrementAndGet();
        if (closedAt != 0) {
            idleNanos.add(now - closedAt);
        }
        double nats = NATS_PER_TOKEN;
        for (double scale : spec.scales().scales()) {
            nats += Math.abs(Math.log(scale));
        }
        List<WindowSpan> windows = spec.plan().windows();
        List<Measurement> all = new ArrayList<>(windows.size() - firstWindow + 1);
        for (WindowSpan window : windows.subList(firstWindow, windows.size())) {
            all.add(new WindowLoss(window.index(), window.tokens(), window.tokens() * nats));
        }
        all.add(new TrialCost(spec.plan().forwardTokens(), 0));
        Iterator<Measurement> left = all.iterator();
        return new Cursor() {
            @Override
            public @Nullable Measurement next() {
                Measurement next = left.hasNext() ? left.next() : null;
                while (next instanceof WindowLoss window && window.index() >= cancellation.toWindow()) {
                    next = left.next();
                }
                return next;
            }

            @Override
            public void close() {
                closedAt = System.nanoTime();
            }
        };
    }
}
