package qroar.protocol.band;

/**
 * Which layers share scales: all of them, or runs of equally many consecutive ones, the last of which may be shorter. There
 * is one way to say each: a group that would hold all layers is {@link #ALL}.
 *
 * @param layerCount layers of the model; 0 where all share
 * @param size layers of a group; 0 where all share
 */
public record LayerGroups(int layerCount, int size) {
    /** One group, whatever the number of layers. */
    public static final LayerGroups ALL = new LayerGroups(0, 0);

    /** Layers of a model at most: what is read from a file or the wire is bounded by it. */
    public static final int MAX_LAYERS = 65_536;

    public LayerGroups {
        boolean all = layerCount == 0 && size == 0;
        if (!all && (size < 1 || size >= layerCount || layerCount > MAX_LAYERS)) {
            throw new IllegalArgumentException("groups of " + size + " of " + layerCount
                    + " layers; a group holds at least 1 and fewer than all, of at most " + MAX_LAYERS);
        }
    }

    /**
     * Groups of a model.
     *
     * @param layerCount of the model
     * @param size wanted layers of a group, at least 1; as many as the model has, or more, are {@link #ALL}
     */
    public static LayerGroups of(int layerCount, int size) {
        return size >= layerCount ? ALL : new LayerGroups(layerCount, size);
    }

    public boolean isAll() {
        return size == 0;
    }

    public int count() {
        return isAll() ? 1 : (layerCount + size - 1) / size;
    }

    /**
     * The group of a layer.
     *
     * @throws IllegalArgumentException for a layer that these groups know nothing of
     */
    public int groupOf(int layer) {
        if (layer < 0 || !isAll() && layer >= layerCount) {
            throw new IllegalArgumentException("layer " + layer + " of " + layerCount + " in groups");
        }
        return isAll() ? 0 : layer / size;
    }

    /** First layer of a group. */
    public int from(int group) {
        return group * size;
    }

    /** Behind the last layer of a group; {@link Integer#MAX_VALUE} where all share. */
    public int to(int group) {
        return isAll() ? Integer.MAX_VALUE : Math.min(layerCount, (group + 1) * size);
    }

    /** Whether a model with that many layers can have these groups. */
    public boolean fits(int layers) {
        return isAll() || layers == layerCount;
    }

    /** {@code layers 4-7} for people, both ends in it; {@code all layers}. */
    public String words(int group) {
        if (isAll()) {
            return "all layers";
        }
        int last = to(group) - 1;
        return from(group) == last ? "layer " + last : "layers " + from(group) + "-" + last;
    }
}
