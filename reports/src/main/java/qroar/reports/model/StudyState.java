package qroar.reports.model;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How a study stands. */
public enum StudyState {
    PLANNED,
    RUNNING,
    FINISHED,
    /** Its scales cannot change a logit, so nothing was searched. */
    NO_OP,
    /** A trial that it cannot do without failed. */
    FAILED;

    @JsonValue
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
