package qroar.orchestrator.coordinator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
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
                .event("portion-leased", RunEvent.PortionLeased.class)
                .event("portion-finished", RunEvent.PortionFinished.class)
                .state("run", RunSnapshot.class, List.of(
                        RunEventCatalog::withGradients,
                        RunEventCatalog::withModels,
                        RunEventCatalog::withPortions))
                .build();
    }

    /** Up to version 3 a trial was one worker's from its first window to its last. */
    private static ObjectNode withPortions(ObjectNode snapshot) {
        for (JsonNode each : snapshot.withArray("trials")) {
            ObjectNode trial = (ObjectNode) each;
            int attempts = trial.path("attempts").intValue();
            int failures = trial.path("failures").intValue();
            String worker = trial.path("worker").asText();
            trial.putArray("ahead");
            trial.remove(List.of("attempts", "failures"));
            trial.put("leases", attempts).put("splits", 0).put("aheadTokens", 0);
            ArrayNode setbacks = trial.putArray("setbacks");
            if (failures > 0) {
                setbacks.addObject().put("window", RunSnapshot.NEXT_WINDOW).put("failures", failures).put("worker", worker);
            }
            JsonNode leasedAt = trial.remove("leasedAtMillis");
            ArrayNode portions = trial.putArray("portions");
            if (trial.path("status").asText().equals("LEASED")) {
                portions.addObject()
                        .put("attempt", attempts)
                        .put("worker", worker)
                        .put("firstWindow", 0)
                        .put("toWindow", Integer.MAX_VALUE)
                        .put("leasedAtMillis", leasedAt == null ? 0 : leasedAt.longValue());
            }
        }
        return snapshot;
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
