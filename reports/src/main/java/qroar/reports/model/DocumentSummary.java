package qroar.reports.model;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * A document and what it was used for.
 *
 * @param role what it was used for
 * @param name file name
 * @param digest SHA-256 (hex) over its token ids
 * @param tokens number of token ids
 */
public record DocumentSummary(Role role, String name, String digest, int tokens) {
    /** What a document is used for. */
    public enum Role {
        SEARCH,
        HELD_OUT,
        CALIBRATION;

        @JsonValue
        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
