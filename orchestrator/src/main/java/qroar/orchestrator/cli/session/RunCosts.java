package qroar.orchestrator.cli.session;

import qroar.experiments.study.StudyProgress;
import qroar.orchestrator.coordinator.RequestState;
import qroar.orchestrator.coordinator.RunState;
import qroar.orchestrator.coordinator.TrialState;
import qroar.reports.model.RunCost;
import qroar.workers.model.DecoderModel;

/** What a run took and what was saved. */
final class RunCosts {
    private RunCosts() {}

    static RunCost of(RunState state) {
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
        double wallSeconds = state.finishedAtMillis() > 0
                ? (state.finishedAtMillis() - state.begunAtMillis()) / 1000.0
                : busyMillis / 1000.0;
        return new RunCost(
                spent,
                savedByStopping,
                Math.max(0, asked - spent),
                null,
                wallSeconds,
                wallSeconds > 0 ? spent / wallSeconds : null,
                (int) DecoderModel.quantizations(),
                (int) DecoderModel.loads(),
                retries);
    }
}
