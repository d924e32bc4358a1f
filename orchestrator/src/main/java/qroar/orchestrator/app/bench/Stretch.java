package qroar.orchestrator.app.bench;

/**
 * A timed stretch of a benchmark: what some trials that compute nothing took, after warming up.
 *
 * @param trials that ended
 * @param windows that became durable
 * @param wallSeconds from its beginning to the end of the last lease
 * @param cpuSeconds of the whole process over the same time: workers, compiler and garbage collector included
 * @param idleNanos of each worker from the end of one trial to the beginning of its next, ascending
 * @param heap in use after garbage collections, the run in memory
 */
public record Stretch(
        long trials, long windows, double wallSeconds, double cpuSeconds, long[] idleNanos, HeapCourse heap) {
    public Stretch {
        idleNanos = idleNanos.clone();
    }

    /**
     * The heap over a stretch, each figure right after a full collection.
     *
     * @param startBytes after warming up
     * @param peakBytes largest of those taken on the way
     * @param endBytes with the run stopped and still in memory
     */
    public record HeapCourse(long startBytes, long peakBytes, long endBytes) {}

    @Override
    public long[] idleNanos() {
        return idleNanos.clone();
    }

    /** Durable window reports per second. */
    public double windowsPerSecond() {
        return windows / wallSeconds;
    }

    public double trialsPerSecond() {
        return trials / wallSeconds;
    }

    public double trialsPerCpuSecond() {
        return trials / cpuSeconds;
    }

    /** NaN when no worker had a second trial. */
    public double meanIdleMillis() {
        double sum = 0;
        for (long nanos : idleNanos) {
            sum += nanos / 1e6;
        }
        return sum / idleNanos.length;
    }

    /** The idle time that a share of them does not exceed; NaN when there is none. */
    public double idleMillis(double quantile) {
        int rank = Math.max(1, (int) Math.ceil(quantile * idleNanos.length));
        return idleNanos.length == 0 ? Double.NaN : idleNanos[rank - 1] / 1e6;
    }
}
