package qroar.reports.model;

import org.jspecify.annotations.Nullable;

/**
 * Held-out perplexities at one context length, and what they differ by on the same tokens: PPL gains, falls of ln PPL at L
 * in nats per token. A plain gain is one of J, see {@link ObjectiveOutcome}.
 *
 * @param lengthTokens L
 * @param trainedWindow whether L is the context length of training, where a loss means harm at short context
 * @param scoredTokens tokens behind each figure
 * @param baseline perplexity, quantized, all scales 1
 * @param tuned perplexity, quantized, best scales
 * @param unquantized perplexity, full precision, all scales 1
 * @param control perplexity, full precision, best scales
 * @param tunedPplGain tuned over baseline
 * @param controlPplGain control over unquantized: what the scales repair of the interpolation
 * @param repairedPplGain tunedPplGain - controlPplGain, paired: what they repair of the quantization
 * @param quantizingPplGain baseline over unquantized: negative where quantization costs something
 */
public record LengthRow(
        int lengthTokens,
        boolean trainedWindow,
        long scoredTokens,
        @Nullable Double baseline,
        @Nullable Double tuned,
        @Nullable Double unquantized,
        @Nullable Double control,
        @Nullable PairedGain tunedPplGain,
        @Nullable PairedGain controlPplGain,
        @Nullable PairedGain repairedPplGain,
        @Nullable PairedGain quantizingPplGain) {}
