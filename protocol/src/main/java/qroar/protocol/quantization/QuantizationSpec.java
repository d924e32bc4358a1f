package qroar.protocol.quantization;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything that is quantized in one study. Its text form is {@link QuantizationText}.
 *
 * @param weights the weight quantizer, possibly {@link NoQuantization}
 * @param activations null when activations keep full precision
 * @param keyValues null when the cache keeps full precision
 */
public record QuantizationSpec(
        WeightQuantization weights,
        @Nullable ActivationQuantization activations,
        @Nullable KeyValueQuantization keyValues) {
    /** Nothing is quantized. */
    public static final QuantizationSpec NONE = new QuantizationSpec(new NoQuantization(), null, null);

    /** @param kvBits bits of keys and values per token and head after RoPE, or 0 when the cache keeps full precision */
    public QuantizationSpec(WeightQuantization weights, @Nullable ActivationQuantization activations, int kvBits) {
        this(weights, activations, kvBits == 0 ? null : KeyValueQuantization.of(kvBits));
    }

    /** For ids of studies: {@code rtn-w4g128-a4-kv8}. */
    public String briefName() {
        return weights.briefName()
                + (activations == null ? "" : activations.briefName())
                + (keyValues == null ? "" : keyValues.briefName());
    }

    /** Whether a study has to measure tails before anything can be computed with it. */
    public boolean awaitsTails() {
        return keyValues != null && keyValues.awaitsTails() || activations != null && activations.awaitsTail();
    }

    /**
     * The same with tails in the place of those that it awaits.
     *
     * @param ofKeys one for each band, or none for ones
     */
    public QuantizationSpec withTails(List<Double> ofKeys, double ofActivations) {
        return new QuantizationSpec(
                weights,
                activations != null && activations.awaitsTail() ? activations.withTail(ofActivations) : activations,
                keyValues != null && keyValues.awaitsTails() ? keyValues.withTails(ofKeys) : keyValues);
    }

    public boolean isNone() {
        return equals(NONE);
    }

    /**
     * Whether q or k themselves are quantized after the band scales act on them, before RoPE or behind it. Where they are not, only the product of
     * the two scales of a band reaches a logit, and symmetric mode changes nothing (see {@code EffectiveScales}).
     */
    public boolean quantizesRotatedKeys() {
        return keyValues != null;
    }
}
