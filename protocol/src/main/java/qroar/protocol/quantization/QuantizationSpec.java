package qroar.protocol.quantization;

import org.jspecify.annotations.Nullable;

/**
 * Everything that is quantized in one study. Its text form is {@link QuantizationText}.
 *
 * @param weights the weight quantizer, possibly {@link NoQuantization}
 * @param activations null when activations keep full precision
 * @param kvBits bits of keys and values per token and head after RoPE, or 0 when the cache keeps full precision
 */
public record QuantizationSpec(
        WeightQuantization weights, @Nullable ActivationQuantization activations, int kvBits) {
    /** Nothing is quantized. */
    public static final QuantizationSpec NONE = new QuantizationSpec(new NoQuantization(), null, 0);

    public QuantizationSpec {
        if (kvBits != 0) {
            QuantizationLimits.bits("kv-bits", kvBits);
        }
    }

    /** For ids of studies: {@code rtn-w4g128-a4-kv8}. */
    public String briefName() {
        return weights.briefName()
                + (activations == null ? "" : activations.briefName())
                + (kvBits > 0 ? "-kv" + kvBits : "");
    }

    public boolean isNone() {
        return equals(NONE);
    }

    /**
     * Whether q or k themselves are quantized after the band scales act on them. Where they are not, only the product of
     * the two scales of a band reaches a logit, and symmetric mode changes nothing (see {@code EffectiveScales}).
     */
    public boolean quantizesRotatedKeys() {
        return kvBits > 0;
    }
}
