package qroar.orchestrator.app.live;

import java.util.concurrent.TimeUnit;

/** Windows per second since the first was measured, for what came before, loading and quantizing, does not come again. Not thread-safe. */
final class WindowRate {
    /** A guess from less is none. */
    private static final long LEAST_NANOS = TimeUnit.SECONDS.toNanos(5);

    private boolean begun;
    private long firstWindows;
    private long firstNanos;
    private double perSecond;

    /**
     * @param windows measured so far
     * @param nanos monotonic
     */
    void see(long windows, long nanos) {
        if (!begun && windows > 0) {
            begun = true;
            firstWindows = windows;
            firstNanos = nanos;
        }
        long span = nanos - firstNanos;
        if (begun && span >= LEAST_NANOS) {
            perSecond = (windows - firstWindows) * 1e9 / span;
        }
    }

    /** 0 while it is not known. */
    double perSecond() {
        return perSecond;
    }
}
