package qroar.orchestrator.cache;

import java.util.Arrays;
import java.util.List;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.ReferenceComparison;
import qroar.protocol.trial.ScaleGradient;
import qroar.protocol.trial.TrialCost;

/**
 * All that a complete trial measured.
 *
 * @param nllNats sum of negative log-likelihoods per window in nats, in plan order, kept to the bit; copied
 * @param activations what was probed, possibly nothing
 * @param gradients what was probed, possibly nothing
 * @param comparisons with a reference, possibly none
 * @param cost what the measurement cost when it was made
 */
public record CachedTrial(
        double[] nllNats,
        List<LayerActivations> activations,
        List<ScaleGradient> gradients,
        List<ReferenceComparison> comparisons,
        TrialCost cost) {
    public CachedTrial {
        nllNats = nllNats.clone();
        activations = List.copyOf(activations);
        gradients = List.copyOf(gradients);
        comparisons = List.copyOf(comparisons);
    }

    /** Compared with nothing. */
    public CachedTrial(
            double[] nllNats, List<LayerActivations> activations, List<ScaleGradient> gradients, TrialCost cost) {
        this(nllNats, activations, gradients, List.of(), cost);
    }

    /** Without gradients. */
    public CachedTrial(double[] nllNats, List<LayerActivations> activations, TrialCost cost) {
        this(nllNats, activations, List.of(), cost);
    }

    @Override
    public double[] nllNats() {
        return nllNats.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CachedTrial that
                && Arrays.equals(nllNats, that.nllNats)
                && activations.equals(that.activations)
                && gradients.equals(that.gradients)
                && comparisons.equals(that.comparisons)
                && cost.equals(that.cost);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(nllNats) + cost.hashCode();
    }
}
