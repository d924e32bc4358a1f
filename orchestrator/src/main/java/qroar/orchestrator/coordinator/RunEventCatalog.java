package qroar.orchestrator.coordinator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import qroar.orchestrator.journal.EventCatalog;

/** The names under which a run's events and snapshots are stored. Append only. */
public final class RunEventCatalog implements EventCatalog.Source {
    @Override
    public EventCatalog catalog() {
        return EventCatalog.builder()
                .event("run-begun", RunEvent.RunBegun.class)
                .event("run-resumed", RunEvent.RunResumed.class)
                .event("request-planned", RunEvent.RequestPlanned.class)
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
                .state("run", RunSnapshot.class, List.of(RunEventCatalog::withGradients, RunEventCatalog::withModels))
                .build();
    }

    /** Up to version 2 models were not counted. */
    private static ObjectNode withModels(ObjectNode snapshot) {
        return snapshot.put("modelLoads", 0).put("quantizations", 0);
    }

    /** Version 1 knew no gradients, so its trials have none; early on it did not count failures either. */
    private static ObjectNode withGradients(ObjectNode snapshot) {
        for (JsonNode trial : snapshot.withArray("trials")) {
            ((ObjectNode) trial).putArray("gradients");
            if (!trial.has("failures")) {
                ((ObjectNode) trial).put("failures", 0);
            }
        }
        return snapshot;
    }
}
