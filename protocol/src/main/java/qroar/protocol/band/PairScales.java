package qroar.protocol.band;

import java.util.Arrays;

/**
 * Factors of q and of k per RoPE pair: what the rows of W_Q and W_K are multiplied by. Immutable.
 *
 * @param query one per pair; copied
 * @param key one per pair; copied
 */
public record PairScales(double[] query, double[] key) {
    public PairScales {
        query = query.clone();
        key = key.clone();
    }

    public static PairScales of(BandScales scales) {
        return new PairScales(scales.queryPairScales(), scales.keyPairScales());
    }

    /** No scales. */
    public static PairScales ones(int pairs) {
        double[] ones = new double[pairs];
        Arrays.fill(ones, 1);
        return new PairScales(ones, ones);
    }

    public boolean areOnes() {
        return Arrays.stream(query).allMatch(scale -> scale == 1)
                && Arrays.stream(key).allMatch(scale -> scale == 1);
    }

    /** The same, and q and k as a whole by a factor. */
    public PairScales times(double factor) {
        return new PairScales(times(query, factor), times(key, factor));
    }

    private static double[] times(double[] values, double factor) {
        return Arrays.stream(values).map(value -> value * factor).toArray();
    }

    @Override
    public double[] query() {
        return query.clone();
    }

    @Override
    public double[] key() {
        return key.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PairScales that && Arrays.equals(query, that.query) && Arrays.equals(key, that.key);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(query) + Arrays.hashCode(key);
    }
}
