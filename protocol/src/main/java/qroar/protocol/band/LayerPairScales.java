package qroar.protocol.band;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Factors of q and of k per RoPE pair in each layer: what the rows of that layer's W_Q and W_K are multiplied by. Immutable.
 *
 * @param layers which layers have the same
 * @param groups one per group of them
 */
public record LayerPairScales(LayerGroups layers, List<PairScales> groups) {
    public LayerPairScales {
        groups = List.copyOf(groups);
        if (groups.size() != layers.count()) {
            throw new IllegalArgumentException(groups.size() + " sets of factors for " + layers.count() + " groups");
        }
    }

    /** The factors that band scales stand for. */
    public static LayerPairScales of(BandScales scales) {
        LayerGroups layers = scales.partition().layers();
        return new LayerPairScales(
                layers,
                IntStream.range(0, layers.count())
                        .mapToObj(group -> PairScales.of(scales.ofGroup(group)))
                        .toList());
    }

    /** The same in all layers. */
    public static LayerPairScales of(PairScales scales) {
        return new LayerPairScales(LayerGroups.ALL, List.of(scales));
    }

    /** Those of a layer. */
    public PairScales layer(int layer) {
        return groups.get(layers.groupOf(layer));
    }

    public boolean areOnes() {
        return groups.stream().allMatch(PairScales::areOnes);
    }

    /** The same, and q and k as a whole by a factor. */
    public LayerPairScales times(double factor) {
        return new LayerPairScales(
                layers, groups.stream().map(group -> group.times(factor)).toList());
    }
}
