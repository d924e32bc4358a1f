/**
 * Who measures what next: {@link qroar.orchestrator.coordinator.dispatch.WaitingTrials} in their order, the {@link
 * qroar.orchestrator.coordinator.dispatch.Roster} of workers, and for those for whom nothing waits {@link
 * qroar.orchestrator.coordinator.dispatch.Relief}: documents of trials under way; and where there are none, {@link
 * qroar.orchestrator.coordinator.dispatch.Speculation}: what may be asked for next. Soft state of one process and rules over it;
 * whatever they say changes how long a run takes and nothing that it finds.
 */
@NullMarked
package qroar.orchestrator.coordinator.dispatch;

import org.jspecify.annotations.NullMarked;
