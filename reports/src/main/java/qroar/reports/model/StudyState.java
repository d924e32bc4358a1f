package qroar.reports.model;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import qroar.experiments.study.StudyOutcome;

/** How a study stands. */
public enum StudyState {
    PLANNED,
    RUNNING,
    /** Begun in a run that was stopped before the study was over; goes on when the run is taken up. */
    STOPPED,
    FINISHED,
    /** Its scales cannot change a logit, so nothing was searched. */
    NO_OP,
    /** A trial that it cannot do without failed. */
    FAILED;

    /** @param begun whether a trial of the study has ended */
    public static StudyState of(StudyOutcome.Status status, boolean begun) {
        return switch (status) {
            case DIAGNOSING -> begun ? RUNNING : PLANNED;
            case SEARCHING, CONFIRMING -> RUNNING;
            case DONE -> FINISHED;
            case NO_OP -> NO_OP;
            case FAILED -> FAILED;
        };
    }

    /** Whether nothing will be measured for it any more. */
    public boolean isOver() {
        return this == FINISHED || this == NO_OP || this == FAILED;
    }

    @JsonValue
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
