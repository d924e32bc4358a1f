package qroar.reports.model.heldout;

import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.DivergenceFigures;
import qroar.experiments.attribution.Interval;

/**
 * KL divergence of a model's next-token distributions from those of the unquantized, unscaled model under the same RoPE
 * scaling, nats, over the held-out tokens below a length. Names are those of {@code eval --reference}.
 *
 * @param model {@code baseline}, {@code tuned}, {@code control}, a control and its draw, or {@code noise-floor}
 * @param tokens that were compared
 * @param meanKldLow lower end of its interval over documents; null where one document leaves nothing to estimate it from
 * @param belowBaseline mean of the quantized, unscaled model less this one's, paired; positive is nearer to the reference;
 *     null of that model itself
 * @param medianKld within a hundredth of itself, as all percentiles but the maximum
 * @param sameTop share of tokens for which both hold the same one for the likeliest
 * @param meanDeltaP mean change of the probability of the token that came, model less reference
 * @param rmsDeltaP root of the mean of its square
 */
public record DivergenceRow(
        String model,
        int lengthTokens,
        long tokens,
        double meanKld,
        @Nullable Double meanKldLow,
        @Nullable Double meanKldHigh,
        @Nullable Interval belowBaseline,
        double medianKld,
        double kld90,
        double kld95,
        double kld99,
        double kld999,
        double maxKld,
        double sameTop,
        @Nullable Double sameTopLow,
        @Nullable Double sameTopHigh,
        double meanDeltaP,
        double rmsDeltaP) {
    static DivergenceRow of(DivergenceFigures figures) {
        DivergenceFigures.Percentiles percentiles = figures.percentiles();
        return new DivergenceRow(
                figures.model(),
                figures.lengthTokens(),
                figures.tokens(),
                figures.meanKl().estimate(),
                Finite.orNull(figures.meanKl().lower()),
                Finite.orNull(figures.meanKl().upper()),
                figures.belowBaseline(),
                percentiles.median(),
                percentiles.p90(),
                percentiles.p95(),
                percentiles.p99(),
                percentiles.p999(),
                percentiles.maximum(),
                figures.sameTop().estimate(),
                Finite.orNull(figures.sameTop().lower()),
                Finite.orNull(figures.sameTop().upper()),
                figures.meanDeltaP(),
                figures.rmsDeltaP());
    }
}
