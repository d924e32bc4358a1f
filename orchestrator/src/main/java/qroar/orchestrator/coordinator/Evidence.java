package qroar.orchestrator.coordinator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.pcollections.HashTreePMap;
import org.pcollections.HashTreePSet;
import org.pcollections.PMap;
import org.pcollections.PSet;
import qroar.protocol.statistics.LogHistogram;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.ScaleGradient;

/**
 * What is measured of a trial so far. Immutable.
 *
 * @param nllNats losses of the windows measured so far, a prefix of the plan's; never modified in place
 * @param layers activations per layer, merged over documents
 * @param layersSeen (document, layer) pairs already merged, as {@code document << 32 | layer}
 * @param gradients of losses by scales, by document
 */
record Evidence(
        double[] nllNats,
        PMap<Integer, LayerActivations> layers,
        PSet<Long> layersSeen,
        PMap<Integer, ScaleGradient> gradients) {
    static final Evidence NONE =
            new Evidence(new double[0], HashTreePMap.empty(), HashTreePSet.empty(), HashTreePMap.empty());

    /** What a snapshot holds: activations are merged already. */
    static Evidence of(
            double[] nllNats,
            Collection<LayerActivations> layers,
            Collection<Long> layersSeen,
            Collection<ScaleGradient> gradients) {
        PMap<Integer, ScaleGradient> byDocument = HashTreePMap.empty();
        for (ScaleGradient gradient : gradients) {
            byDocument = byDocument.plus(gradient.document(), gradient);
        }
        return new Evidence(nllNats, byLayer(layers), HashTreePSet.from(layersSeen), byDocument);
    }

    private static PMap<Integer, LayerActivations> byLayer(Collection<LayerActivations> layers) {
        PMap<Integer, LayerActivations> byLayer = HashTreePMap.empty();
        for (LayerActivations layer : layers) {
            byLayer = byLayer.plus(layer.layer(), layer);
        }
        return byLayer;
    }

    int windows() {
        return nllNats.length;
    }

    Evidence with(double[] more) {
        double[] all = Arrays.copyOf(nllNats, nllNats.length + more.length);
        System.arraycopy(more, 0, all, nllNats.length, more.length);
        return new Evidence(all, layers, layersSeen, gradients);
    }

    boolean hasSeen(LayerActivations activations) {
        return layersSeen.contains(seenKey(activations));
    }

    Evidence with(LayerActivations more) {
        LayerActivations known = layers.get(more.layer());
        LayerActivations merged = known == null ? more : merge(known, more);
        return new Evidence(nllNats, layers.plus(more.layer(), merged), layersSeen.plus(seenKey(more)), gradients);
    }

    /** A document's gradient; a second one of the same document changes nothing. */
    Evidence with(ScaleGradient more) {
        return gradients.containsKey(more.document())
                ? this
                : new Evidence(nllNats, layers, layersSeen, gradients.plus(more.document(), more));
    }

    /** All windows and activations as an earlier run found them; losses measured here already stay. */
    Evidence completed(double[] all, Collection<LayerActivations> activations) {
        Evidence measured = with(Arrays.copyOfRange(all, nllNats.length, all.length));
        return new Evidence(measured.nllNats, byLayer(activations), layersSeen, gradients);
    }

    static long seenKey(LayerActivations activations) {
        return (long) activations.document() << 32 | activations.layer();
    }

    private static LayerActivations merge(LayerActivations a, LayerActivations b) {
        return new LayerActivations(
                a.document(),
                a.layer(),
                merge(a.queryBefore(), b.queryBefore()),
                merge(a.keyBefore(), b.keyBefore()),
                merge(a.queryAfter(), b.queryAfter()),
                merge(a.keyAfter(), b.keyAfter()));
    }

    private static List<LogHistogram> merge(List<LogHistogram> a, List<LogHistogram> b) {
        List<LogHistogram> merged = new ArrayList<>(a.size());
        for (int pair = 0; pair < a.size(); pair++) {
            merged.add(a.get(pair).merge(b.get(pair)));
        }
        return merged;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Evidence that
                && Arrays.equals(nllNats, that.nllNats)
                && layers.equals(that.layers)
                && layersSeen.equals(that.layersSeen)
                && gradients.equals(that.gradients);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(nllNats);
    }
}
