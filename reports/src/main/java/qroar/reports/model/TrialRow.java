package qroar.reports.model;

import org.jspecify.annotations.Nullable;
import qroar.experiments.trial.Standing;

/**
 * One trial of the run; a line of {@code trials.csv}.
 *
 * @param number from 1, in the order in which trials were first wanted
 * @param study id of the study that wanted it
 * @param label unique within the study
 * @param key content address of its result
 * @param state how it stands
 * @param worker who measured it last; null where nobody did
 * @param attempts leases that were given out, in this run and for whichever request; also of failed ones
 * @param windowsMeasured windows with a durable loss
 * @param windowsPlanned windows of the full evaluation
 * @param forwardTokens tokens that went through the model for it
 * @param seconds wall time over all attempts; null where it was not measured
 * @param cause why it was stopped, failed, diverged or whose result it shares; null otherwise
 */
public record TrialRow(
        int number,
        String study,
        String label,
        String key,
        Standing state,
        @Nullable String worker,
        int attempts,
        int windowsMeasured,
        int windowsPlanned,
        long forwardTokens,
        @Nullable Double seconds,
        @Nullable String cause) {}
