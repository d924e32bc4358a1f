package qroar.orchestrator.coordinator;

import org.jspecify.annotations.Nullable;
import qroar.experiments.stopping.Verdict;

/**
 * What one study asked for under one label, and how it was answered.
 *
 * @param number within the run
 * @param study index into the plan's studies
 * @param label the study's own name for it
 * @param trial number of the trial that answers it
 * @param windowLimit windows wanted
 * @param priority lower is dispatched first within the study
 * @param settlement null while it is open
 * @param windowsUsed windows that the answer rests on; 0 while it is open
 * @param verdict of the stopping rule, where it stopped the candidate
 */
public record RequestState(
        int number,
        int study,
        String label,
        int trial,
        int windowLimit,
        int priority,
        @Nullable Settlement settlement,
        int windowsUsed,
        @Nullable Verdict verdict) {

    /** How a request was answered. */
    public enum Settlement {
        MEASURED,
        STOPPED,
        DIVERGED,
        FAILED
    }

    public boolean isOpen() {
        return settlement == null;
    }

    RequestState widened(int limit) {
        return new RequestState(number, study, label, trial, limit, priority, null, 0, null);
    }

    RequestState settled(Settlement how, int windows, @Nullable Verdict why) {
        return new RequestState(number, study, label, trial, windowLimit, priority, how, windows, why);
    }
}
