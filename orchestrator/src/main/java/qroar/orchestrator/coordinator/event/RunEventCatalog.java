package qroar.orchestrator.coordinator.event;

import java.util.List;
import qroar.orchestrator.journal.codec.EventCatalog;

/** The names under which a run's events and snapshots are stored. Append only. */
public final class RunEventCatalog implements EventCatalog.Source {
    @Override
    public EventCatalog catalog() {
        return EventCatalog.builder()
                .event("run-begun", RunEvent.RunBegun.class)
                .event("run-resumed", RunEvent.RunResumed.class)
                .event("request-planned", RunEvent.RequestPlanned.class, List.of(v1 -> v1.put("specChecksum", 0)))
                .event("request-widened", RunEvent.RequestWidened.class)
                .event("trial-leased", RunEvent.TrialLeased.class)
                .event("windows-measured", RunEvent.WindowsMeasured.class)
                .event("layer-measured", RunEvent.LayerMeasured.class)
                .event("trial-finished", RunEvent.TrialFinished.class)
                .event("trial-reused", RunEvent.TrialReused.class)
                .event("trial-released", RunEvent.TrialReleased.class)
                .event("attempt-failed", RunEvent.AttemptFailed.class)
                .event("trial-failed", RunEvent.TrialFailed.class)
                .event("request-measured", RunEvent.RequestMeasured.class)
                .event("request-stopped", RunEvent.RequestStopped.class)
                .event("request-diverged", RunEvent.RequestDiverged.class)
                .event("request-failed", RunEvent.RequestFailed.class)
                .event("run-finished", RunEvent.RunFinished.class)
                .event("attempt-declined", RunEvent.AttemptDeclined.class)
                .event("gradient-measured", RunEvent.GradientMeasured.class)
                .event("model-readied", RunEvent.ModelReadied.class)
                .event("portion-leased", RunEvent.PortionLeased.class)
                .event("portion-finished", RunEvent.PortionFinished.class)
                .event("activations-merged", RunEvent.ActivationsMerged.class)
                .event("run-worked", RunEvent.RunWorked.class)
                .event("trial-speculated", RunEvent.TrialSpeculated.class)
                .event("reference-compared", RunEvent.ReferenceCompared.class)
                .series("history")
                // Snapshots of a table of trials; what they held is in the events.
                .retired("run")
                .build();
    }
}
