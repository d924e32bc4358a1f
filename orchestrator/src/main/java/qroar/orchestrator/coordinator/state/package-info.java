/**
 * A run as the fold of its events, and which events a fact leads to. All of it is immutable and pure: no clock, no actor, no
 * disk, so that replaying events replays every decision. {@link qroar.orchestrator.coordinator.state.RunState} is its times,
 * its models, the table of what studies request and the table of trials that answer. What an event makes of requests is
 * {@code RequestFold}'s; what it makes of a trial is the room of trials'.
 */
@NullMarked
package qroar.orchestrator.coordinator.state;

import org.jspecify.annotations.NullMarked;
