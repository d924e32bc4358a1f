package qroar.reports.model;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How a trial stands. The last five are final: every planned trial ends as one of them. */
public enum TrialState {
    PLANNED,
    RUNNING,
    FINISHED,
    /** Given up by the stopping rule. */
    STOPPED,
    /** No attempt succeeded. */
    FAILED,
    /** A window's loss was not a finite number. */
    DIVERGED,
    /** Another trial with the same key had been evaluated; its result was taken. */
    SHARED;

    @JsonValue
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
