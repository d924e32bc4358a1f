package qroar.protocol.statistics;

import java.util.Arrays;

/**
 * Mergeable histogram of magnitudes with a bounded relative error of every quantile (the bucket layout of DDSketch,
 * Masson et al., VLDB 2019). Bucket i holds gamma^(i-1) &lt; x &lt;= gamma^i with gamma = (1+e)/(1-e), and answers
 * 2 gamma^i / (gamma + 1), which is within a factor 1 +- e of everything in the bucket.
 *
 * <p>The layout is fixed, so that histograms made on any device merge by adding counts: e = {@value #RELATIVE_ERROR},
 * magnitudes from 2^-40 to 2^24 exactly within the bound. Smaller magnitudes, zero included, count as zero; larger
 * ones, infinity and NaN are counted as {@link #overflow()} and make a quantile that falls there infinite.
 *
 * <p>Immutable; equality by value.
 */
public final class LogHistogram {
    public static final double RELATIVE_ERROR = 0.01;
    private static final double LOG_GAMMA = Math.log((1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR));
    /** Bucket index of the smallest magnitude told from zero. */
    public static final int MIN_INDEX = (int) Math.ceil(-40 * Math.log(2) / LOG_GAMMA);
    /** Bucket index of the largest magnitude told from overflow. */
    public static final int MAX_INDEX = (int) Math.floor(24 * Math.log(2) / LOG_GAMMA);
    /** Number of buckets of a dense count array as devices accumulate it: zero, the layout, overflow. */
    public static final int DENSE_BUCKETS = MAX_INDEX - MIN_INDEX + 3;
    /** Factor from ln(magnitude) to bucket index before rounding up. */
    public static final double INDEX_PER_LN = 1.0 / LOG_GAMMA;

    /** So that merging two histograms that were read cannot overflow a count. */
    private static final double MAX_TOTAL = 0x1p62;

    private static final LogHistogram EMPTY = new LogHistogram(0, 0, 0, new long[0]);

    private final long zero;
    private final long overflow;
    private final int firstIndex;
    private final long[] counts;

    private LogHistogram(long zero, long overflow, int firstIndex, long[] counts) {
        this.zero = zero;
        this.overflow = overflow;
        this.firstIndex = firstIndex;
        this.counts = counts;
    }

    public static LogHistogram empty() {
        return EMPTY;
    }

    /**
     * From the counts a device accumulated: element 0 is zero, element {@code DENSE_BUCKETS - 1} overflow, element
     * {@code 1 + i - MIN_INDEX} bucket i.
     */
    public static LogHistogram ofDense(long[] dense) {
        if (dense.length != DENSE_BUCKETS) {
            throw new IllegalArgumentException(dense.length + " dense counts; the layout has " + DENSE_BUCKETS);
        }
        int from = 1;
        int to = DENSE_BUCKETS - 1;
        while (from < to && dense[from] == 0) {
            from++;
        }
        while (to > from && dense[to - 1] == 0) {
            to--;
        }
        return new LogHistogram(
                dense[0], dense[DENSE_BUCKETS - 1], MIN_INDEX + from - 1, Arrays.copyOfRange(dense, from, to));
    }

    /** Plain loop over magnitudes: the oracle of every device-side histogram. */
    public static LogHistogram ofMagnitudes(double[] magnitudes) {
        long[] dense = new long[DENSE_BUCKETS];
        for (double magnitude : magnitudes) {
            dense[denseIndex(magnitude)]++;
        }
        return ofDense(dense);
    }

    private static int denseIndex(double value) {
        double magnitude = Math.abs(value);
        if (!(magnitude <= Double.MAX_VALUE)) {
            return DENSE_BUCKETS - 1;
        }
        double index = Math.ceil(Math.log(magnitude) * INDEX_PER_LN);
        if (index < MIN_INDEX) {
            return 0;
        }
        return index > MAX_INDEX ? DENSE_BUCKETS - 1 : 1 + (int) index - MIN_INDEX;
    }

    /** The histogram of both. */
    public LogHistogram merge(LogHistogram other) {
        if (other.counts.length == 0 || counts.length == 0) {
            LogHistogram shape = counts.length == 0 ? other : this;
            return new LogHistogram(zero + other.zero, overflow + other.overflow, shape.firstIndex, shape.counts);
        }
        int from = Math.min(firstIndex, other.firstIndex);
        int to = Math.max(firstIndex + counts.length, other.firstIndex + other.counts.length);
        long[] merged = new long[to - from];
        for (int i = 0; i < counts.length; i++) {
            merged[firstIndex - from + i] += counts[i];
        }
        for (int i = 0; i < other.counts.length; i++) {
            merged[other.firstIndex - from + i] += other.counts[i];
        }
        return new LogHistogram(zero + other.zero, overflow + other.overflow, from, merged);
    }

    public long total() {
        return zero + overflow + Arrays.stream(counts).sum();
    }

    /**
     * The magnitude at rank ceil(p * total): within {@value #RELATIVE_ERROR} relative error of the exact order
     * statistic.
     *
     * @param p in [0, 1]
     * @return NaN for an empty histogram, positive infinity where the rank falls among overflows
     */
    public double quantile(double p) {
        if (!(p >= 0 && p <= 1)) {
            throw new IllegalArgumentException("quantile " + p + " must lie in [0, 1]");
        }
        long total = total();
        if (total == 0) {
            return Double.NaN;
        }
        long rank = Math.max(1, (long) Math.ceil(p * total));
        long seen = zero;
        if (rank <= seen) {
            return 0;
        }
        for (int i = 0; i < counts.length; i++) {
            seen += counts[i];
            if (rank <= seen) {
                return Math.exp((firstIndex + i) * LOG_GAMMA) * (1 - RELATIVE_ERROR);
            }
        }
        return Double.POSITIVE_INFINITY;
    }

    public long zero() {
        return zero;
    }

    public long overflow() {
        return overflow;
    }

    /** Index of the first bucket of {@link #counts()}. */
    public int firstIndex() {
        return firstIndex;
    }

    /** Counts of consecutive buckets from {@link #firstIndex()}; a copy. */
    public long[] counts() {
        return counts.clone();
    }

    /** Inverse of the accessors, for decoding; refuses what no histogram can hold. */
    public static LogHistogram ofSparse(long zero, long overflow, int firstIndex, long[] counts) {
        if (zero < 0 || overflow < 0 || Arrays.stream(counts).anyMatch(c -> c < 0)) {
            throw new IllegalArgumentException("histogram with negative counts");
        }
        if (counts.length > 0 && (firstIndex < MIN_INDEX || (long) firstIndex + counts.length - 1 > MAX_INDEX)) {
            throw new IllegalArgumentException("histogram of " + counts.length + " buckets from " + firstIndex
                    + "; the layout is [" + MIN_INDEX + ", " + MAX_INDEX + "]");
        }
        long[] dense = new long[DENSE_BUCKETS];
        dense[0] = zero;
        dense[DENSE_BUCKETS - 1] = overflow;
        System.arraycopy(counts, 0, dense, counts.length == 0 ? 1 : 1 + firstIndex - MIN_INDEX, counts.length);
        LogHistogram histogram = ofDense(dense);
        if (Arrays.stream(dense).asDoubleStream().sum() > MAX_TOTAL) {
            throw new IllegalArgumentException("histogram of more than 2^62 values");
        }
        return histogram;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LogHistogram that
                && zero == that.zero
                && overflow == that.overflow
                && Arrays.equals(counts, that.counts)
                && (counts.length == 0 || firstIndex == that.firstIndex);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(zero) * 31 + Arrays.hashCode(counts);
    }

    @Override
    public String toString() {
        return "LogHistogram[n=" + total() + ", median=" + quantile(0.5) + "]";
    }
}
