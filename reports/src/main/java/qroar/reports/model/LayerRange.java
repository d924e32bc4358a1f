package qroar.reports.model;

import org.jspecify.annotations.Nullable;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.LayerGroups;

/**
 * Consecutive decoder layers that share scales.
 *
 * @param from first layer, counted from 0
 * @param to behind the last one
 */
public record LayerRange(int from, int to) {
    /** Those of a cell; null where all layers share. */
    static @Nullable LayerRange of(BandPartition partition, int cell) {
        LayerGroups layers = partition.layers();
        int group = partition.groupOf(cell);
        return layers.isAll() ? null : new LayerRange(layers.from(group), layers.to(group));
    }

    /** {@code 4-7}, both ends in it. */
    public String words() {
        return to - from == 1 ? String.valueOf(from) : from + "-" + (to - 1);
    }
}
