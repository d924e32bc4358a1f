package qroar.reports.model.heldout;

import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;
import qroar.experiments.attribution.LongPerplexity;

/**
 * Perplexity of a model over the held-out tokens below a length that need the long context, which the unquantized model
 * chose.
 *
 * @param model {@code baseline}, {@code tuned}, {@code unquantized}, {@code control}, or a control and its draw
 * @param keyTokens how many there are
 * @param perplexity null where there is none
 * @param low lower end of its interval over documents; null where too few have such tokens to estimate it from
 * @param gain fall of its logarithm from the quantized, unscaled model, paired; null of that model itself, and without key
 *     tokens
 */
public record LongPplRow(
        String model,
        int lengthTokens,
        long keyTokens,
        @Nullable Double perplexity,
        @Nullable Double low,
        @Nullable Double high,
        @Nullable Interval gain) {
    static LongPplRow of(LongPerplexity figures) {
        boolean bounded = Double.isFinite(figures.perplexity().upper());
        Interval gain = figures.gain();
        return new LongPplRow(
                figures.model(),
                figures.lengthTokens(),
                figures.keyTokens(),
                Finite.orNull(figures.perplexity().estimate()),
                bounded ? Finite.orNull(figures.perplexity().lower()) : null,
                bounded ? Finite.orNull(figures.perplexity().upper()) : null,
                gain == null || Double.isNaN(gain.estimate()) ? null : gain);
    }
}
