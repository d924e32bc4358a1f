package qroar.experiments.definition.sweep;

import qroar.protocol.band.LayerGroups;

/**
 * One value of the sweep's {@code layers}: which layers share their bands' scales.
 *
 * @param size consecutive layers that share; 0 for all
 */
public record LayerChoice(int size) {
    /** In the experiment file. */
    public static final String WORD = "all";

    public static final LayerChoice ALL = new LayerChoice(0);

    public LayerChoice {
        if (size < 0) {
            throw new IllegalArgumentException("groups of " + size + " layers");
        }
    }

    /** As the experiment file writes it. */
    public String text() {
        return size == 0 ? WORD : String.valueOf(size);
    }

    /** What it means for a model of that many layers. */
    public LayerGroups groups(int layerCount) {
        return size == 0 ? LayerGroups.ALL : LayerGroups.of(layerCount, size);
    }
}
