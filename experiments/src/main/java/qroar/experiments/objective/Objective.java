package qroar.experiments.objective;

import java.util.List;
import qroar.protocol.trial.WindowSpan;

/**
 * J(s) = sum over lengths L of w_L PPL_L(s), weights summing to one.
 *
 * @param lengths context lengths in tokens, rising
 * @param weights one positive weight per length; normalised to sum to one on the way in
 */
public record Objective(List<Integer> lengths, List<Double> weights) {
    public Objective {
        lengths = List.copyOf(lengths);
        if (lengths.isEmpty() || lengths.size() != weights.size()) {
            throw new IllegalArgumentException(
                    weights.size() + " weights for " + lengths.size() + " lengths; give one weight per length");
        }
        double sum = 0;
        for (double weight : weights) {
            if (!(weight > 0) || Double.isInfinite(weight)) {
                throw new IllegalArgumentException("weight " + weight + " must be positive and finite");
            }
            sum += weight;
        }
        double total = sum;
        weights = weights.stream().map(weight -> weight / total).toList();
    }

    /** Weights proportional to the lengths. */
    public static Objective lengthWeighted(List<Integer> lengths) {
        return new Objective(lengths, lengths.stream().map(Integer::doubleValue).toList());
    }

    /** PPL_L = exp(mean loss at L). */
    public static double[] perplexities(double[] meanNll) {
        double[] perplexities = new double[meanNll.length];
        for (int l = 0; l < perplexities.length; l++) {
            perplexities[l] = StrictMath.exp(meanNll[l]);
        }
        return perplexities;
    }

    /**
     * J from mean losses per length.
     *
     * @param meanNll one per length, in nats; NaN and infinities go through
     */
    public double value(double[] meanNll) {
        double[] perplexities = perplexities(meanNll);
        double sum = 0;
        for (int l = 0; l < perplexities.length; l++) {
            sum += weights.get(l) * perplexities[l];
        }
        return sum;
    }

    /** J of one full evaluation. */
    public double value(PlanWindows plan, double[] nllNats) {
        return value(plan.meanNll(nllNats, lengths, PlanWindows.ALL_DOCUMENTS));
    }

    /**
     * The weight of one nat in each window on ln J, to first order around a full evaluation: with v_L = w_L PPL_L / J,
     * d ln J = sum over L of v_L d(mean loss at L), so a window counts sum over the lengths that hold it of v_L / N_L,
     * N_L the tokens below L. Multiplied by tokens, the weights of all windows sum to one.
     *
     * <p>By Jensen's inequality ln J(s) &gt;= ln J(incumbent) + sum of weight times loss difference: <b>the gain to first
     * order is an upper bound of the true gain</b>. A test that bounds the linear gain from above bounds the true one
     * too, and never gives up a winner because of the linearisation.
     */
    public double[] windowWeights(PlanWindows plan, double[] incumbentNllNats) {
        double[] meanNll = plan.meanNll(incumbentNllNats, lengths, PlanWindows.ALL_DOCUMENTS);
        double[] perplexities = perplexities(meanNll);
        double objective = value(meanNll);
        double[] result = new double[plan.count()];
        for (int l = 0; l < perplexities.length; l++) {
            int length = lengths.get(l);
            double perNat = weights.get(l) * perplexities[l] / objective / plan.scoredTokens(length);
            for (WindowSpan window : plan.windows()) {
                result[window.index()] += window.toPosition() <= length ? perNat : 0;
            }
        }
        return result;
    }
}
