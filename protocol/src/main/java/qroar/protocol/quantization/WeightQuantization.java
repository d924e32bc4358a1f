package qroar.protocol.quantization;

/**
 * Post-training quantization of the seven linears of every decoder layer, simulated in floating point. A group is a run
 * of {@code group} consecutive input columns within one output row, the last one of a row shorter where the width is no
 * multiple of it; 0 means the whole row. Bits from 2 to 8; anything else is an
 * {@link IllegalArgumentException}.
 */
public sealed interface WeightQuantization {
    /** The word that starts its spec: {@code none}, {@code rtn}, {@code awq}, {@code gptq}. */
    String type();

    /** Weights as stored, upcast to float32. */
    record None() implements WeightQuantization {
        @Override
        public String type() {
            return "none";
        }
    }

    /** Round to nearest, asymmetric. */
    record Rtn(int bits, int group) implements WeightQuantization {
        public Rtn {
            QuantizationLimits.bits("bits", bits);
            QuantizationLimits.group(group);
        }

        @Override
        public String type() {
            return "rtn";
        }
    }

    /** Activation-aware scaling (Lin et al. 2023), then round to nearest; {@code clip} adds the clip search. */
    record Awq(int bits, int group, boolean clip) implements WeightQuantization {
        public Awq {
            QuantizationLimits.bits("bits", bits);
            QuantizationLimits.group(group);
        }

        @Override
        public String type() {
            return "awq";
        }
    }

    /** Column by column with error feedback through the inverse Hessian (Frantar et al. 2022). */
    record Gptq(int bits, int group, boolean actOrder, boolean staticGroups, boolean trueSequential, boolean symmetric)
            implements WeightQuantization {
        public Gptq {
            QuantizationLimits.bits("bits", bits);
            QuantizationLimits.group(group);
        }

        @Override
        public String type() {
            return "gptq";
        }
    }

    /** Whether it needs calibration documents. */
    default boolean isCalibrated() {
        return this instanceof Awq || this instanceof Gptq;
    }
}
