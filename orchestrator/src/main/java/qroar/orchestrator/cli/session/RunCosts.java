package qroar.orchestrator.cli.session;

import java.util.HashSet;
import java.util.Set;
import qroar.experiments.study.ExhaustiveCost;
import qroar.experiments.study.Study;
import qroar.experiments.study.StudyProgress;
import qroar.orchestrator.coordinator.RequestState;
import qroar.orchestrator.coordinator.RunState;
import qroar.orchestrator.coordinator.TrialState;
import qroar.protocol.trial.TrialKey;
import qroar.reports.model.RunCost;

/** What a run took and what was saved. */
final class RunCosts {
    private RunCosts() {}

    /** @param tasks whose models were loaded for no trial */
    static RunCost of(RunState state, StudyTasks tasks) {
        long spent = 0;
        long busyMillis = 0;
        int retries = 0;
        for (TrialState trial : state.trials()) {
            spent += TrialRows.forwardTokens(trial);
            busyMillis += trial.busyMillis();
            retries += Math.max(0, trial.attempts() - 1);
        }
        long asked = 0;
        for (RequestState request : state.requests()) {
            asked += TrialRows.forwardTokens(
                    state.trial(request.trial()).spec().plan(), request.isOpen() ? 0 : request.windowsUsed());
        }
        long savedByStopping = 0;
        for (StudyProgress study : state.progress()) {
            savedByStopping += study.outcome().tokens().saved();
        }
        // A clock may have been set back in between.
        long elapsedMillis = state.finishedAtMillis() - state.begunAtMillis();
        double wallSeconds = (state.finishedAtMillis() > 0 && elapsedMillis > 0 ? elapsedMillis : busyMillis) / 1000.0;
        return new RunCost(
                spent,
                savedByStopping,
                Math.max(0, asked - spent),
                exhaustiveTokens(state),
                wallSeconds,
                wallSeconds > 0 ? spent / wallSeconds : null,
                state.quantizations() + tasks.quantizations(),
                state.modelLoads() + tasks.modelLoads(),
                retries);
    }

    /**
     * Of the exhaustive search of every study that has something to search; none of them would share candidates, but
     * equal unscaled models are counted once.
     */
    private static long exhaustiveTokens(RunState state) {
        Set<TrialKey> baselines = new HashSet<>();
        long sum = 0;
        for (StudyProgress progress : state.progress()) {
            Study study = progress.study();
            if (study.search().searches() && !StudyProgress.isNoOp(study)) {
                boolean known = !baselines.add(study.baseline().key());
                sum += ExhaustiveCost.forwardTokens(study)
                        - (known ? ExhaustiveCost.evaluation(study.searchPlan(), ExhaustiveCost.STRIDE_TOKENS) : 0);
            }
        }
        return sum;
    }
}
