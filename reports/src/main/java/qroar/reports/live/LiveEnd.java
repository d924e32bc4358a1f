package qroar.reports.live;

import qroar.experiments.trial.Standing;

/**
 * A trial that ended before it was measured in full.
 *
 * @param number as in {@code trials.csv}
 * @param study that asked for it
 * @param label the study's name for it
 * @param standing stopped, diverged or failed
 * @param reason in words
 */
public record LiveEnd(int number, String study, String label, Standing standing, String reason) {}
