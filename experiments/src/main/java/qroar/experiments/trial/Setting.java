package qroar.experiments.trial;

import java.util.Locale;

/** The four settings of the model that a study compares: quantized or not, scaled or not. */
public enum Setting {
    /** Quantized, all scales 1. */
    BASELINE,
    /** Quantized, the scales that were found. */
    TUNED,
    /** Full precision, all scales 1. */
    UNQUANTIZED,
    /** Full precision, the scales that were found. */
    CONTROL;

    /** As labels, reports and results write it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public boolean isQuantized() {
        return this == BASELINE || this == TUNED;
    }

    public boolean isScaled() {
        return this == TUNED || this == CONTROL;
    }

    /** The same model with all scales 1. */
    public Setting unscaled() {
        return isQuantized() ? BASELINE : UNQUANTIZED;
    }
}
