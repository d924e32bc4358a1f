package qroar.reports.model;

import org.jspecify.annotations.Nullable;

/**
 * Held-out perplexities at one context length, and what they differ by on the same tokens.
 *
 * @param lengthTokens L
 * @param trainedWindow whether L is the context length of training, where a loss means harm at short context
 * @param scoredTokens tokens behind each figure
 * @param baseline perplexity, quantized, all scales 1
 * @param tuned perplexity, quantized, best scales
 * @param unquantized perplexity, full precision, all scales 1
 * @param control perplexity, full precision, best scales
 * @param tunedGain tuned over baseline
 * @param controlGain control over unquantized: what the scales repair of the interpolation
 * @param quantizationGain tunedGain - controlGain, paired: what they repair of the quantization
 * @param quantizationCost baseline over unquantized, a loss where negative
 */
public record LengthRow(
        int lengthTokens,
        boolean trainedWindow,
        long scoredTokens,
        @Nullable Double baseline,
        @Nullable Double tuned,
        @Nullable Double unquantized,
        @Nullable Double control,
        @Nullable PairedGain tunedGain,
        @Nullable PairedGain controlGain,
        @Nullable PairedGain quantizationGain,
        @Nullable PairedGain quantizationCost) {}
