package qroar.reports;

import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;

/**
 * What a sidecar's scales were found for.
 *
 * @param checkpoint digest of the model's content, SHA-256 in hexadecimal
 * @param rope the RoPE scaling as its text
 * @param quantizer the quantization as its text
 * @param heldOutGain fall of ln J on held-out documents, positive is better; null while it is not measured
 */
public record ScalesOrigin(
        String checkpoint,
        String rope,
        String quantizer,
        @Nullable Interval heldOutGain) {}
