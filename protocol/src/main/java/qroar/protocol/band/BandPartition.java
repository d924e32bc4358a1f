package qroar.protocol.band;

import java.util.ArrayList;
import java.util.List;

/**
 * What has a scale of its own: every RoPE pair in exactly one band, bands in the order of falling frequency, none empty; and
 * each band once for every group of layers. A band of a group is a cell, and cells are counted group by group.
 *
 * @param bands contiguous from pair 0
 * @param layers which layers share scales
 */
public record BandPartition(List<Band> bands, LayerGroups layers) {
    /** With the same scales in all layers. */
    public BandPartition(List<Band> bands) {
        this(bands, LayerGroups.ALL);
    }

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

    /** The same bands in other groups of layers. */
    public BandPartition in(LayerGroups others) {
        return new BandPartition(bands, others);
    }

    /** Bands, however many groups have them. */
    public int bandCount() {
        return bands.size();
    }

    /** Scales that there are: bands times groups of layers. */
    public int cellCount() {
        return bands.size() * layers.count();
    }

    /** The band of a cell. */
    public Band band(int cell) {
        return bands.get(bandOf(cell));
    }

    /** Index of the band of a cell. */
    public int bandOf(int cell) {
        return cell % bands.size();
    }

    /** The group of layers that a cell belongs to. */
    public int groupOf(int cell) {
        return cell / bands.size();
    }

    /** For people: {@code band 2}, {@code layers 4-7 band 2}. */
    public String words(int cell) {
        return (layers.isAll() ? "" : layers.words(groupOf(cell)) + " ") + "band " + bandOf(cell);
    }

    public int pairCount() {
        return bands.get(bands.size() - 1).toPair();
    }
}
