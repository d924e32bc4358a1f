package qroar.experiments.trial;

import java.util.Locale;

/** How a trial stands. All but the first two are final: every planned trial ends as one of them. */
public enum Standing {
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

    /** As reports, results and {@code trials.csv} write it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public boolean isFinal() {
        return this != PLANNED && this != RUNNING;
    }
}
