package qroar.orchestrator.coordinator.state;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.experiments.stopping.Verdict;
import qroar.experiments.study.TrialResult;
import qroar.experiments.trial.Ending;
import qroar.orchestrator.coordinator.trial.TrialState;

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
        @Nullable Ending settlement,
        int windowsUsed,
        @Nullable Verdict verdict) {

    public boolean isOpen() {
        return settlement == null;
    }

    /** What its study is told, once it is settled. */
    TrialResult answer(TrialState by) {
        if (settlement == null) {
            throw new IllegalStateException("request " + number + " is open");
        }
        double[] windows = Arrays.copyOf(by.nllNats(), Math.min(windowsUsed, by.windows()));
        return switch (settlement) {
            case MEASURED ->
                by.isComplete()
                        ? new TrialResult.Measured(
                                windows,
                                List.copyOf(by.layers().values()),
                                List.copyOf(by.gradients().values()),
                                List.copyOf(by.comparisons().values()))
                        : new TrialResult.Measured(windows, List.of());
            case STOPPED -> new TrialResult.Stopped(windows, verdict == null ? Verdict.UNDECIDED : verdict);
            case DIVERGED -> new TrialResult.Diverged(windowsUsed - 1);
            case FAILED -> new TrialResult.Failed(String.valueOf(by.cause()));
        };
    }

    RequestState widened(int limit) {
        return new RequestState(number, study, label, trial, limit, priority, null, 0, null);
    }

    RequestState settled(Ending how, int windows, @Nullable Verdict why) {
        return new RequestState(number, study, label, trial, windowLimit, priority, how, windows, why);
    }
}
