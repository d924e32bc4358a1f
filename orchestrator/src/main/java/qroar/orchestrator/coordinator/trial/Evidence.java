package qroar.orchestrator.coordinator.trial;

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
import qroar.protocol.trial.ReferenceComparison;
import qroar.protocol.trial.ScaleGradient;

/**
 * What is measured of a trial so far. Immutable.
 *
 * @param nllNats losses of the plan's first windows, as far as all of them are measured; never modified in place
 * @param ahead what is measured beyond them, in the plan's order; no two of these and the prefix meet
 * @param layers activations per layer, merged over documents
 * @param layersSeen (document, layer) pairs already merged, as {@code document << 32 | layer}
 * @param gradients of losses by scales, by document
 * @param comparisons with a reference, by document
 */
public record Evidence(
        double[] nllNats,
        List<AheadRun> ahead,
        PMap<Integer, LayerActivations> layers,
        PSet<Long> layersSeen,
        PMap<Integer, ScaleGradient> gradients,
        PMap<Integer, ReferenceComparison> comparisons) {
    static final Evidence NONE = new Evidence(
            new double[0],
            List.of(),
            HashTreePMap.empty(),
            HashTreePSet.empty(),
            HashTreePMap.empty(),
            HashTreePMap.empty());

    public Evidence {
        ahead = List.copyOf(ahead);
    }

    /** Activations that are merged already, in place of those so far. */
    Evidence merged(Collection<LayerActivations> all, Collection<Long> seen) {
        return new Evidence(nllNats, ahead, byLayer(all), HashTreePSet.from(seen), gradients, comparisons);
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

    /** Windows measured, in whatever order. */
    public int measured() {
        int sum = nllNats.length;
        for (AheadRun run : ahead) {
            sum += run.nllNats().length;
        }
        return sum;
    }

    /** The first window at or after one that is not measured. */
    int firstMissing(int window) {
        int missing = Math.max(window, nllNats.length);
        for (AheadRun run : ahead) {
            if (missing >= run.firstWindow() && missing < run.toWindow()) {
                return run.toWindow();
            }
        }
        return missing;
    }

    /** The first window after a missing one that is measured; {@link Integer#MAX_VALUE} when none is. */
    int measuredAfter(int missing) {
        return ahead.stream()
                .mapToInt(AheadRun::firstWindow)
                .filter(first -> first > missing)
                .min()
                .orElse(Integer.MAX_VALUE);
    }

    /**
     * Windows that follow those measured, or that begin a run of their own; what waited behind them joins.
     *
     * @param firstWindow a window that is missing
     */
    Evidence with(int firstWindow, double[] more) {
        double[] prefix = nllNats;
        List<AheadRun> runs = new ArrayList<>(ahead);
        if (firstWindow == nllNats.length) {
            prefix = joined(nllNats, more);
        } else {
            int place = 0;
            while (place < runs.size() && runs.get(place).toWindow() <= firstWindow) {
                place++;
            }
            if (place > 0 && runs.get(place - 1).toWindow() == firstWindow) {
                place--;
                runs.set(place, runs.get(place).with(more));
            } else {
                runs.add(place, new AheadRun(firstWindow, more));
            }
            if (place + 1 < runs.size()
                    && runs.get(place + 1).firstWindow() == runs.get(place).toWindow()) {
                runs.set(place, runs.get(place).with(runs.remove(place + 1).nllNats()));
            }
        }
        if (!runs.isEmpty() && runs.get(0).firstWindow() == prefix.length) {
            prefix = joined(prefix, runs.remove(0).nllNats());
        }
        return new Evidence(prefix, runs, layers, layersSeen, gradients, comparisons);
    }

    /** Of consecutive windows that are measured. */
    public double[] losses(int firstWindow, int toWindow) {
        for (AheadRun run : ahead) {
            if (firstWindow >= run.firstWindow() && firstWindow < run.toWindow()) {
                return Arrays.copyOfRange(run.nllNats(), firstWindow - run.firstWindow(), toWindow - run.firstWindow());
            }
        }
        return Arrays.copyOfRange(nllNats, firstWindow, toWindow);
    }

    private static double[] joined(double[] a, double[] b) {
        double[] all = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        return all;
    }

    boolean hasSeen(LayerActivations activations) {
        return layersSeen.contains(seenKey(activations));
    }

    Evidence with(LayerActivations more) {
        LayerActivations known = layers.get(more.layer());
        LayerActivations merged = known == null ? more : merge(known, more);
        return new Evidence(
                nllNats,
                ahead,
                layers.plus(more.layer(), merged),
                layersSeen.plus(seenKey(more)),
                gradients,
                comparisons);
    }

    /** A document's gradient; a second one of the same document changes nothing. */
    Evidence with(ScaleGradient more) {
        return gradients.containsKey(more.document())
                ? this
                : new Evidence(nllNats, ahead, layers, layersSeen, gradients.plus(more.document(), more), comparisons);
    }

    /** A document beside its reference; a second one of the same document changes nothing. */
    Evidence with(ReferenceComparison more) {
        return comparisons.containsKey(more.document())
                ? this
                : new Evidence(nllNats, ahead, layers, layersSeen, gradients, comparisons.plus(more.document(), more));
    }

    /** All windows and activations as an earlier run found them; losses measured here already stay. */
    Evidence completed(double[] all, Collection<LayerActivations> activations) {
        double[] rest = Arrays.copyOfRange(all, nllNats.length, all.length);
        return new Evidence(joined(nllNats, rest), List.of(), byLayer(activations), layersSeen, gradients, comparisons);
    }

    static long seenKey(LayerActivations activations) {
        return (long) activations.document() << 32 | activations.layer();
    }

    private static LayerActivations merge(LayerActivations a, LayerActivations b) {
        // Whatever arrived first: documents may be measured in any order.
        return new LayerActivations(
                Math.min(a.document(), b.document()),
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
                && ahead.equals(that.ahead)
                && layers.equals(that.layers)
                && layersSeen.equals(that.layersSeen)
                && gradients.equals(that.gradients)
                && comparisons.equals(that.comparisons);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(nllNats);
    }
}
