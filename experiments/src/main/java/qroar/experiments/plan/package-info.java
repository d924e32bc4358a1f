/**
 * From an experiment's definition, a checkpoint's facts and documents to the studies of a run, and to what identifies the
 * run ({@link qroar.experiments.plan.Fingerprint}). What a study would refuse is found here, by taking it into its first
 * round with made-up losses.
 */
@NullMarked
package qroar.experiments.plan;

import org.jspecify.annotations.NullMarked;
