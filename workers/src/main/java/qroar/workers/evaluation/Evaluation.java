package qroar.workers.evaluation;

import java.util.List;

/**
 * What one evaluation found.
 *
 * @param perplexities one per length, by rising length
 * @param tokenNll losses in nats of the scored tokens in document order, document after document: those of the longest
 *     length's forwards. Copied on the way in and out
 */
public record Evaluation(List<Perplexity> perplexities, double[] tokenNll) {
    public Evaluation {
        perplexities = List.copyOf(perplexities);
        tokenNll = tokenNll.clone();
    }

    @Override
    public double[] tokenNll() {
        return tokenNll.clone();
    }
}
