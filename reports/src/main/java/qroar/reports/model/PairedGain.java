package qroar.reports.model;

import com.fasterxml.jackson.annotation.JsonIgnore;

/**
 * A fall between two settings of the model on the same tokens, with its interval: of ln J, a gain, or of ln PPL at one
 * length, a PPL gain. Positive is better. In per cent of J or PPL it is {@link
 * qroar.protocol.statistics.GainPercent#fall}.
 *
 * @param nats estimate, in nats of ln J, or of ln PPL (nats per token)
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
