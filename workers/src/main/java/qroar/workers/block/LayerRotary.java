package qroar.workers.block;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.LayerGroups;
import qroar.protocol.rope.RopeFrequencies;
import qroar.workers.torch.TorchDevice;

/**
 * Rotary tables of every layer of a pass: one for each group of layers that share scales, made when a layer first asks. Tables
 * are as long as the text, so a pass that comes back to no layer keeps those of the last group alone. Not thread-safe.
 */
public final class LayerRotary implements AutoCloseable {
    /** Which tables stay. */
    public enum Keeping {
        EVERY_GROUP,
        LAST_GROUP
    }

    private final RopeFrequencies frequencies;
    private final @Nullable BandScales scales;
    private final LayerGroups layers;
    private final int positions;
    private final TorchDevice device;
    private final Keeping keeping;
    private final @Nullable RotaryTables[] tables;

    /**
     * @param scales null for none; its groups must be those of the model's layers
     * @param layerCount of the model
     * @param positions p runs from 0 to here, exclusive; at least 1
     */
    public LayerRotary(
            RopeFrequencies frequencies,
            @Nullable BandScales scales,
            int layerCount,
            int positions,
            TorchDevice device,
            Keeping keeping) {
        this.frequencies = frequencies;
        this.scales = scales;
        this.layers = scales == null ? LayerGroups.ALL : scales.partition().layers();
        this.positions = positions;
        this.device = device;
        this.keeping = keeping;
        if (!layers.fits(layerCount)) {
            throw new IllegalArgumentException(
                    "scales for groups of " + layers.layerCount() + " layers; the model has " + layerCount);
        }
        this.tables = new RotaryTables[layers.count()];
        // What does not fit the model is refused at once.
        of(0);
    }

    /** The group of a layer. */
    int groupOf(int layer) {
        return layers.groupOf(layer);
    }

    /** Which layers share tables. */
    public LayerGroups layers() {
        return layers;
    }

    /** Those of a layer; they stay this object's to close. */
    public RotaryTables of(int layer) {
        int group = layers.groupOf(layer);
        RotaryTables known = tables[group];
        if (known == null) {
            if (keeping == Keeping.LAST_GROUP) {
                close();
            }
            known = RotaryTables.of(frequencies, scales == null ? null : scales.ofGroup(group), positions, device);
            tables[group] = known;
        }
        return Objects.requireNonNull(known);
    }

    @Override
    public void close() {
        for (int group = 0; group < tables.length; group++) {
            RotaryTables known = tables[group];
            if (known != null) {
                tables[group] = null;
                known.close();
            }
        }
    }
}
