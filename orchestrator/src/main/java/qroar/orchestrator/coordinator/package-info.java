/**
 * The event-sourced heart of a run. {@link qroar.orchestrator.coordinator.state.RunState} is an immutable fold of
 * {@link qroar.orchestrator.coordinator.event.RunEvent}s; {@link qroar.orchestrator.coordinator.state.RunDecisions} says, purely,
 * which further events a fact leads to; the actor persists both together and only then speaks.
 *
 * <p>Studies <em>request</em> trials by label; equal requests, within a study or across studies, share one trial by its
 * content key. A request is settled by what its own stopping rule says of the trial's windows, each prefix judged once
 * and in order, so neither speed nor number of workers can change a decision.
 */
@NullMarked
package qroar.orchestrator.coordinator;

import org.jspecify.annotations.NullMarked;
