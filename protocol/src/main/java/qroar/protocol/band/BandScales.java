package qroar.protocol.band;

import java.util.Arrays;

/**
 * One scale per band, or per band and group of layers, and how it acts on q and k. Equality is by value.
 *
 * @param partition the bands, and which layers share scales
 * @param mode shared or symmetric
 * @param scales one positive finite factor per cell of the partition; copied on the way in and out
 */
public record BandScales(BandPartition partition, ScaleMode mode, double[] scales) {
    /** Smallest scale that is taken from a user; its inverse is the largest. Beyond, products of float32 overflow. */
    public static final double SMALLEST_GIVEN = 1e-6;

    /** Whether a scale that a user gives can be meant. */
    public static boolean canBeGiven(double scale) {
        return scale >= SMALLEST_GIVEN && scale <= 1 / SMALLEST_GIVEN;
    }

    public BandScales {
        if (scales.length != partition.cellCount()) {
            int groups = partition.layers().count();
            throw new IllegalArgumentException(scales.length + " scales for " + partition.bandCount() + " bands"
                    + (groups == 1 ? "" : " in each of " + groups + " groups of layers") + "; give one scale per band");
        }
        scales = scales.clone();
        for (double scale : scales) {
            if (!(scale > 0) || Double.isInfinite(scale)) {
                throw new IllegalArgumentException("scale " + scale + " must be positive and finite");
            }
        }
    }

    public static BandScales identity(BandPartition partition, ScaleMode mode) {
        double[] ones = new double[partition.cellCount()];
        Arrays.fill(ones, 1.0);
        return new BandScales(partition, mode, ones);
    }

    @Override
    public double[] scales() {
        return scales.clone();
    }

    /** The scale of a cell: of a band, where all layers share. */
    public double scale(int cell) {
        return scales[cell];
    }

    /** The same scales with that of one cell replaced. */
    public BandScales with(int cell, double scale) {
        double[] changed = scales.clone();
        changed[cell] = scale;
        return new BandScales(partition, mode, changed);
    }

    /** What the layers of a group have, as if all layers had it. */
    public BandScales ofGroup(int group) {
        int bands = partition.bandCount();
        return partition.layers().isAll()
                ? this
                : new BandScales(
                        partition.in(LayerGroups.ALL),
                        mode,
                        Arrays.copyOfRange(scales, group * bands, (group + 1) * bands));
    }

    public boolean isIdentity() {
        return Arrays.stream(scales).allMatch(scale -> scale == 1.0);
    }

    /**
     * Factor of q per RoPE pair, length {@code partition().pairCount()}.
     *
     * @throws IllegalStateException where groups of layers have their own; see {@link #ofGroup}
     */
    public double[] queryPairScales() {
        return perPair(false);
    }

    /** Factor of k per RoPE pair: s in shared mode, 1/s in symmetric mode. */
    public double[] keyPairScales() {
        return perPair(mode == ScaleMode.SYMMETRIC);
    }

    private double[] perPair(boolean inverse) {
        if (!partition.layers().isAll()) {
            throw new IllegalStateException("layers have scales of their own; none are those of all");
        }
        double[] pairs = new double[partition.pairCount()];
        for (int b = 0; b < scales.length; b++) {
            Band band = partition.bands().get(b);
            Arrays.fill(pairs, band.fromPair(), band.toPair(), inverse ? 1.0 / scales[b] : scales[b]);
        }
        return pairs;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BandScales that
                && partition.equals(that.partition)
                && mode == that.mode
                && Arrays.equals(scales, that.scales);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * partition.hashCode() + mode.hashCode()) + Arrays.hashCode(scales);
    }

    @Override
    public String toString() {
        return mode.word() + Arrays.toString(scales);
    }
}
