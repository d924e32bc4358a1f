package qroar.workers.divergence;

import java.util.Arrays;

/**
 * Two models' predictions of some tokens, each array with one element per token. Arrays are the owner's to keep.
 *
 * @param kl Kullback-Leibler divergence of the model's distribution from the reference's, sum p ln(p / q), nats
 * @param referenceNll nats, of the token that came
 * @param nll the same of the model
 * @param sameTop whether both hold the same token for the likeliest
 */
public record TokenDivergence(double[] kl, double[] referenceNll, double[] nll, boolean[] sameTop) {
    /** The first ones. */
    TokenDivergence first(int count) {
        return new TokenDivergence(
                Arrays.copyOf(kl, count),
                Arrays.copyOf(referenceNll, count),
                Arrays.copyOf(nll, count),
                Arrays.copyOf(sameTop, count));
    }

    /** Tokens. */
    public int count() {
        return kl.length;
    }
}
