package qroar.orchestrator.coordinator.state;

import java.util.List;
import qroar.experiments.study.Study;

/**
 * What a run is to do; derived from the experiment file, never journaled.
 *
 * @param runId persistence id of the run's journal
 * @param studies in the order in which they are given workers
 * @param maxAttempts attempts of one trial before it is reported as failed
 */
public record RunPlan(String runId, List<Study> studies, int maxAttempts) {
    public RunPlan {
        studies = List.copyOf(studies);
    }
}
