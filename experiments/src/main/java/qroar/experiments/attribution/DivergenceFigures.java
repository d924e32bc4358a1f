package qroar.experiments.attribution;

import org.jspecify.annotations.Nullable;

/**
 * How far a model's next-token distributions lie from the reference's, over the held-out tokens below a length.
 *
 * @param model which one: a setting's word, a control's, or {@code noise-floor}
 * @param lengthTokens context length
 * @param tokens that were compared
 * @param meanKl nats a token, with its interval over documents
 * @param belowBaseline mean of the quantized, unscaled model less this one's, paired; positive where this one is nearer
 *     to the reference; null of that model itself, and before it is measured
 * @param percentiles of the tokens' divergences
 * @param sameTop share of tokens for which both hold the same one for the likeliest
 * @param meanDeltaP mean change of the probability of the token that came, model less reference
 * @param rmsDeltaP root of the mean of its square
 */
public record DivergenceFigures(
        String model,
        int lengthTokens,
        long tokens,
        Interval meanKl,
        @Nullable Interval belowBaseline,
        Percentiles percentiles,
        Interval sameTop,
        double meanDeltaP,
        double rmsDeltaP) {
    /** Nats; each but the maximum within a hundredth of itself, for they are read from a histogram. */
    public record Percentiles(double median, double p90, double p95, double p99, double p999, double maximum) {}
}
