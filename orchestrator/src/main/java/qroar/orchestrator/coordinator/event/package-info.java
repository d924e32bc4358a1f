/**
 * What happened in a run, as its journal holds it: {@link qroar.orchestrator.coordinator.event.RunEvent}s, the names under
 * which they are stored, and what they add up to for somebody who has the journal but not the experiment.
 */
@NullMarked
package qroar.orchestrator.coordinator.event;

import org.jspecify.annotations.NullMarked;
