package qroar.experiments.study;

import qroar.protocol.trial.TrialSpec;

/**
 * A trial that a study wants.
 *
 * @param label unique and stable within the study, for people and for the record: {@code baseline},
 *     {@code pass-1/band-2/scale-1.1600}, {@code held-out/tuned}
 * @param spec what to evaluate
 * @param windowLimit windows wanted, counted from the first; a later request of the same label may want more
 * @param priority lower is dispatched first among what is wanted at one time
 */
public record TrialRequest(String label, TrialSpec spec, int windowLimit, int priority) {}
