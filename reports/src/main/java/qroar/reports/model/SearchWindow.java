package qroar.reports.model;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * How wide a band is searched.
 *
 * @param low smallest scale
 * @param high largest scale
 * @param reason in words, why it is that wide
 * @param winner where the best scale lies in it
 */
public record SearchWindow(double low, double high, String reason, WinnerPlace winner) {
    /** Where the best scale lies in the window; one on an edge may have a better one beyond it. */
    public enum WinnerPlace {
        UNDECIDED,
        INSIDE,
        ON_EDGE;

        @JsonValue
        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
