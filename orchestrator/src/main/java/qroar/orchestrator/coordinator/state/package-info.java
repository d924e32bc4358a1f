/**
 * A run as the fold of its events, and which events a fact leads to. All of it is immutable and pure: no clock, no actor, no
 * disk, so that replaying events replays every decision. {@link qroar.orchestrator.coordinator.state.RunState} is its times,
 * its models, the table of what studies request and the table of trials that answer.
 *
 * <p>A trial's {@link qroar.orchestrator.coordinator.state.Evidence} is the prefix of its windows, on which studies decide, and
 * what was measured ahead of it; its {@link qroar.orchestrator.coordinator.state.Portion}s are what leases cover of it now.
 */
@NullMarked
package qroar.orchestrator.coordinator.state;

import org.jspecify.annotations.NullMarked;
