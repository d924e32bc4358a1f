/**
 * One trial of a run as the fold of its events: {@link qroar.orchestrator.coordinator.trial.TrialState} is what is measured of
 * it ({@link qroar.orchestrator.coordinator.trial.Evidence}: the prefix of its windows, on which studies decide, and what was
 * measured ahead of it), what leases cover of it now ({@link qroar.orchestrator.coordinator.trial.Coverage}), and what it has
 * cost ({@link qroar.orchestrator.coordinator.trial.Effort}). {@link qroar.orchestrator.coordinator.trial.TrialFold} says what an
 * event makes of it, {@link qroar.orchestrator.coordinator.trial.MeasuredFacts} which events a worker's measurements are. All of
 * it is immutable and pure, and knows neither studies nor other trials.
 */
@NullMarked
package qroar.orchestrator.coordinator.trial;

import org.jspecify.annotations.NullMarked;
