package qroar.reports.model;

import com.fasterxml.jackson.annotation.JsonIgnore;

/**
 * Fall of the mean negative log-likelihood (ln PPL) or of ln J, both on the same tokens, with its interval. Positive is
 * better.
 *
 * @param nats estimate, in nats per token
 * @param lowNats lower end of the interval
 * @param highNats upper end of the interval
 * @param confidence of the two-sided interval: 0.95
 */
public record PairedGain(double nats, double lowNats, double highNats, double confidence) {
    /** Whether the whole interval lies above zero; false where an end is NaN. */
    @JsonIgnore
    public boolean isAboveZero() {
        return lowNats > 0;
    }

    /** Whether the whole interval lies below zero; false where an end is NaN. */
    @JsonIgnore
    public boolean isBelowZero() {
        return highNats < 0;
    }
}
