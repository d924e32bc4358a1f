package qroar.experiments.search;

import java.util.List;

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
}
