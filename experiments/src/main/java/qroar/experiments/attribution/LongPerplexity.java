package qroar.experiments.attribution;

import org.jspecify.annotations.Nullable;

/**
 * Perplexity over the held-out tokens below a length that need the long context, chosen by the reference.
 *
 * @param model which one: a setting's word, a control's, or {@code noise-floor}
 * @param lengthTokens context length
 * @param keyTokens how many there are
 * @param perplexity over them; NaN where there is none
 * @param gain its logarithm for the quantized, unscaled model less this one's, nats, paired; null of that model itself, and
 *     before it is measured
 */
public record LongPerplexity(
        String model,
        int lengthTokens,
        long keyTokens,
        Interval perplexity,
        @Nullable Interval gain) {}
