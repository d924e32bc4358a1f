package qroar.protocol.trial;

import java.util.List;
import qroar.protocol.statistics.LogHistogram;

/**
 * One document's predictions beside those of a {@link Reference}: per stretch of tokens between two lengths of the plan,
 * so that those below a length are the first stretches. Sent once per document, before its last window.
 *
 * @param document index into the plan's documents
 * @param stretches by rising length, as far as the document reaches
 */
public record ReferenceComparison(int document, List<Stretch> stretches) implements Measurement {
    public ReferenceComparison {
        stretches = List.copyOf(stretches);
    }

    /**
     * Sums over consecutive tokens. P is the probability of the token that came.
     *
     * @param tokens that were predicted
     * @param klNats sum of the divergences KL(reference, model) of the next-token distributions
     * @param maxKlNats the largest of them
     * @param kl all of them
     * @param sameTop tokens for which both hold the same one for the likeliest
     * @param deltaP sum of P(model) - P(reference)
     * @param deltaPSquares sum of the squares of that
     * @param keyTokens tokens that need the long context
     * @param keyNllNats their negative log-likelihoods by the model
     */
    public record Stretch(
            long tokens,
            double klNats,
            double maxKlNats,
            LogHistogram kl,
            long sameTop,
            double deltaP,
            double deltaPSquares,
            long keyTokens,
            double keyNllNats) {
        /** Nothing yet. */
        public static final Stretch NONE = new Stretch(0, 0, 0, LogHistogram.empty(), 0, 0, 0, 0, 0);

        /** Both together. */
        public Stretch plus(Stretch other) {
            return new Stretch(
                    tokens + other.tokens,
                    klNats + other.klNats,
                    Math.max(maxKlNats, other.maxKlNats),
                    kl.merge(other.kl),
                    sameTop + other.sameTop,
                    deltaP + other.deltaP,
                    deltaPSquares + other.deltaPSquares,
                    keyTokens + other.keyTokens,
                    keyNllNats + other.keyNllNats);
        }
    }

    /** All of the document's tokens below the plan's length of that index. */
    public Stretch below(int lengthIndex) {
        Stretch sum = Stretch.NONE;
        for (Stretch stretch : stretches.subList(0, Math.min(lengthIndex + 1, stretches.size()))) {
            sum = sum.plus(stretch);
        }
        return sum;
    }
}
