package qroar.protocol.quantization;

/**
 * Post-training quantization of the seven linears of every decoder layer, simulated in floating point. A group is a run
 * of {@code group} consecutive input columns within one output row, the last one of a row shorter where the width is no
 * multiple of it; 0 means the whole row. Bits from 2 to 8; anything else is an
 * {@link IllegalArgumentException}.
 */
public sealed interface WeightQuantization permits NoQuantization, RtnQuantization, AwqQuantization, GptqQuantization {
    /** The word that starts its spec: {@code none}, {@code rtn}, {@code awq}, {@code gptq}. */
    String type();

    /** Whether it needs calibration documents. */
    default boolean isCalibrated() {
        return this instanceof AwqQuantization || this instanceof GptqQuantization;
    }
}
