package qroar.protocol.band;

import java.util.ArrayList;
import java.util.List;

/**
 * Every RoPE pair in exactly one band, bands in the order of falling frequency, none empty.
 *
 * @param bands contiguous from pair 0
 */
public record BandPartition(List<Band> bands) {
    public BandPartition {
        bands = List.copyOf(bands);
        int next = 0;
        for (Band band : bands) {
            if (band.fromPair() != next) {
                throw new IllegalArgumentException("bands must follow each other without gap: band [" + band.fromPair()
                        + "," + band.toPair() + ") should start at pair " + next);
            }
            next = band.toPair();
        }
        if (bands.isEmpty()) {
            throw new IllegalArgumentException("a partition needs at least one band");
        }
    }

    /**
     * Log-spaced bands over the unscaled frequencies theta^(-2j/d). These fall geometrically with j, so bands of equal
     * width in log-frequency are runs of equally many pairs (by one more or less where B does not divide d/2).
     *
     * @param pairCount d/2
     * @param bandCount wanted number of bands; the result has {@code min(bandCount, pairCount)}
     */
    public static BandPartition logSpaced(int pairCount, int bandCount) {
        if (bandCount < 1 || pairCount < 1) {
            throw new IllegalArgumentException(
                    "bands=" + bandCount + " over " + pairCount + " pairs; both must be >= 1");
        }
        int count = Math.min(bandCount, pairCount);
        List<Band> bands = new ArrayList<>(count);
        for (int b = 0; b < count; b++) {
            bands.add(new Band((int) Math.round((double) b * pairCount / count), (int)
                    Math.round((double) (b + 1) * pairCount / count)));
        }
        return new BandPartition(bands);
    }

    public int bandCount() {
        return bands.size();
    }

    public int pairCount() {
        return bands.get(bands.size() - 1).toPair();
    }
}
