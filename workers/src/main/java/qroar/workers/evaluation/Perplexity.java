package qroar.workers.evaluation;

import org.jspecify.annotations.Nullable;

/**
 * One figure: what a protocol gives at one length over all documents.
 *
 * @param protocol how it was measured
 * @param length L in tokens
 * @param stride S in tokens, or null where the protocol has none
 * @param perplexity exp(meanNll); NaN or infinite when a loss is
 * @param meanNll nats, averaged as the protocol does
 * @param tokens weight of that average: scored tokens, for {@link Protocol#HF} as its snippet counts them
 * @param exactPerplexity {@link Protocol#HF} only, else null: the same windows with every scored token weighted alike
 */
public record Perplexity(
        Protocol protocol,
        int length,
        @Nullable Integer stride,
        double perplexity,
        double meanNll,
        long tokens,
        @Nullable Double exactPerplexity) {
    static Perplexity of(Protocol protocol, int length, @Nullable Integer stride, double meanNll, long tokens) {
        return new Perplexity(protocol, length, stride, Math.exp(meanNll), meanNll, tokens, null);
    }

    Perplexity withExactMean(double exactMeanNll) {
        return new Perplexity(protocol, length, stride, perplexity, meanNll, tokens, Math.exp(exactMeanNll));
    }
}
