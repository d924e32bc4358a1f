/**
 * The words of a trial, said once: which setting of the model it measures ({@link qroar.experiments.trial.Setting}), what
 * it is called within its study ({@link qroar.experiments.trial.TrialLabel}), how it ended for the study that asked for it
 * ({@link qroar.experiments.trial.Ending}) and how it stands for a reader ({@link qroar.experiments.trial.Standing}).
 * Journals store the labels and the names of endings; reports and {@code trials.csv} write the words.
 */
@NullMarked
package qroar.experiments.trial;

import org.jspecify.annotations.NullMarked;
