package qroar.experiments.diagnosis;

import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;
import qroar.protocol.band.Band;
import qroar.protocol.band.BandPartition;
import qroar.protocol.statistics.LogHistogram;
import qroar.protocol.trial.LayerActivations;

/**
 * Tail Inflation Ratio of a band at quantile p (Q-ROAR, arXiv 2509.14391, section 3.2):
 * TIR_W = Q_p(|W_Q x|; long context, interpolated) / Q_p(|W_Q x|; short context, not interpolated) before rotation, the
 * same for W_K, and TIR_A on the rotated axes. Of q and k the larger counts. A ratio whose reference quantile is 0 or
 * that rests on an empty histogram is NaN: unknown.
 *
 * @param beforeRotation TIR_W per band
 * @param afterRotation TIR_A per band
 */
public record TailInflation(double[] beforeRotation, double[] afterRotation) {
    public TailInflation {
        beforeRotation = beforeRotation.clone();
        afterRotation = afterRotation.clone();
    }

    @Override
    public double[] beforeRotation() {
        return beforeRotation.clone();
    }

    @Override
    public double[] afterRotation() {
        return afterRotation.clone();
    }

    /** The larger of TIR_W and TIR_A of a band; NaN when neither is known. */
    public double worst(int band) {
        return larger(beforeRotation[band], afterRotation[band]);
    }

    /** Pooled over all layers: histograms are merged before their quantiles are taken. */
    public static TailInflation pooled(
            BandPartition partition, double quantile, List<LayerActivations> longer, List<LayerActivations> shorter) {
        return new TailInflation(
                bands(
                        partition,
                        quantile,
                        longer,
                        shorter,
                        List.of(LayerActivations::queryBefore, LayerActivations::keyBefore)),
                bands(
                        partition,
                        quantile,
                        longer,
                        shorter,
                        List.of(LayerActivations::queryAfter, LayerActivations::keyAfter)));
    }

    /** One per layer that was probed at both lengths, by layer. */
    public static TreeMap<Integer, TailInflation> perLayer(
            BandPartition partition, double quantile, List<LayerActivations> longer, List<LayerActivations> shorter) {
        TreeMap<Integer, TailInflation> layers = new TreeMap<>();
        for (LayerActivations of : longer) {
            int layer = of.layer();
            layers.computeIfAbsent(
                    layer, l -> pooled(partition, quantile, ofLayer(longer, layer), ofLayer(shorter, layer)));
        }
        return layers;
    }

    private static List<LayerActivations> ofLayer(List<LayerActivations> activations, int layer) {
        return activations.stream().filter(a -> a.layer() == layer).toList();
    }

    private static double[] bands(
            BandPartition partition,
            double quantile,
            List<LayerActivations> longer,
            List<LayerActivations> shorter,
            List<Function<LayerActivations, List<LogHistogram>>> sides) {
        double[] ratios = new double[partition.bandCount()];
        for (int b = 0; b < ratios.length; b++) {
            ratios[b] = Double.NaN;
            for (Function<LayerActivations, List<LogHistogram>> side : sides) {
                double over = tail(partition.bands().get(b), quantile, longer, side);
                double under = tail(partition.bands().get(b), quantile, shorter, side);
                ratios[b] = larger(ratios[b], under > 0 ? over / under : Double.NaN);
            }
        }
        return ratios;
    }

    private static double tail(
            Band band,
            double quantile,
            List<LayerActivations> activations,
            Function<LayerActivations, List<LogHistogram>> side) {
        LogHistogram merged = LogHistogram.empty();
        for (LayerActivations layer : activations) {
            for (LogHistogram pair : side.apply(layer).subList(band.fromPair(), band.toPair())) {
                merged = merged.merge(pair);
            }
        }
        return merged.quantile(quantile);
    }

    private static double larger(double a, double b) {
        if (Double.isNaN(a)) {
            return b;
        }
        return Double.isNaN(b) ? a : Math.max(a, b);
    }
}
