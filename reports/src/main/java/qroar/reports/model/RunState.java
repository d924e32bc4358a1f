package qroar.reports.model;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How a run stands. */
public enum RunState {
    RUNNING,
    /** Ended before it was complete; can be resumed. */
    STOPPED,
    FINISHED;

    @JsonValue
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
