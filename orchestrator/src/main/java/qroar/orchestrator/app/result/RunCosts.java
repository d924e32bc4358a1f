package qroar.orchestrator.app.result;

import java.util.HashSet;
import java.util.Set;
import qroar.experiments.study.Study;
import qroar.experiments.study.StudyProgress;
import qroar.experiments.study.cost.ExhaustiveCost;
import qroar.experiments.trial.Ending;
import qroar.experiments.trial.TrialLabel;
import qroar.orchestrator.coordinator.state.RequestState;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.TrialKey;
import qroar.reports.model.RunCost;

/** What a run took and what was saved. */
final class RunCosts {
    private RunCosts() {}

    static RunCost of(RunState state) {
        long spent = 0;
        long busyMillis = 0;
        int retries = 0;
        int continuations = 0;
        Saved saved = Saved.of(state);
        for (TrialState trial : state.trials()) {
            spent += TrialRows.forwardTokens(trial);
            busyMillis += trial.busyMillis();
            retries += trial.retries();
            continuations += Math.max(0, trial.attempts() - 1) - trial.retries();
        }
        double wallSeconds = state.worked().millis() / 1000.0;
        return new RunCost(
                spent,
                saved.byStopping(),
                saved.bySharing(),
                exhaustiveTokens(state),
                wallSeconds,
                busyMillis / 1000.0,
                wallSeconds > 0 ? spent / wallSeconds : null,
                state.quantizations(),
                state.modelLoads(),
                retries,
                continuations,
                lookAhead(state),
                besides(state));
    }

    /** What of the tokens the search and its figures did not need. */
    static RunCost.Besides besides(RunState state) {
        Set<Integer> ofTasks = new HashSet<>();
        for (RequestState request : state.requests()) {
            if (TrialLabel.purpose(request.label()) == TrialLabel.Purpose.TASKS) {
                ofTasks.add(request.trial());
            }
        }
        Set<Integer> asked = new HashSet<>();
        state.requests().forEach(request -> asked.add(request.trial()));
        long tasks = 0;
        long speculated = 0;
        long needless = 0;
        for (TrialState trial : state.trials()) {
            tasks += ofTasks.contains(trial.number()) ? TrialRows.forwardTokens(trial) : 0;
            speculated += trial.speculatedTokens();
            needless += asked.contains(trial.number()) ? 0 : TrialRows.forwardTokens(trial);
        }
        return new RunCost.Besides(tasks, speculated, needless);
    }

    /** What was read ahead, and what of trials that are over no answer rests on. */
    static RunCost.LookAhead lookAhead(RunState state) {
        int[] used = new int[state.trials().size()];
        boolean[] open = new boolean[used.length];
        boolean[] asked = new boolean[used.length];
        for (RequestState request : state.requests()) {
            int needed =
                    state.hasDropped(request) ? state.trial(request.trial()).windows() : request.windowsUsed();
            used[request.trial()] = Math.max(used[request.trial()], needed);
            open[request.trial()] |= request.isOpen();
            asked[request.trial()] = true;
        }
        long ahead = 0;
        long wasted = 0;
        for (TrialState trial : state.trials()) {
            ahead += trial.aheadTokens();
            long needed = trial.spec().plan().forwardTokens(0, used[trial.number()]);
            boolean counts = open[trial.number()] || !asked[trial.number()];
            wasted += counts ? 0 : Math.max(0, TrialRows.forwardTokens(trial) - needed);
        }
        return new RunCost.LookAhead(ahead, wasted);
    }

    /**
     * Tokens that did not have to pass.
     *
     * @param byStopping per trial: what was wanted of it and not read, because the rule stopped whoever wanted it
     * @param bySharing per trial: what its requests rest on beyond what was measured for it here
     */
    record Saved(long byStopping, long bySharing) {
        static Saved of(RunState state) {
            long[] wanted = new long[state.trials().size()];
            long[] used = new long[wanted.length];
            for (RequestState request : state.requests()) {
                TrialState trial = state.trial(request.trial());
                EvaluationPlan plan = trial.spec().plan();
                if (request.settlement() == Ending.STOPPED) {
                    long all = plan.forwardTokens(0, request.windowLimit());
                    wanted[request.trial()] = Math.max(wanted[request.trial()], all);
                }
                used[request.trial()] += request.isOpen() ? 0 : plan.forwardTokens(0, request.windowsUsed());
            }
            long byStopping = 0;
            long bySharing = 0;
            for (TrialState trial : state.trials()) {
                long read = trial.spec().plan().forwardTokens(0, trial.windows()) + TrialRows.aheadTokens(trial);
                boolean ended = !state.leased().contains(trial.number());
                byStopping += ended ? Math.max(0, wanted[trial.number()] - read) : 0;
                bySharing += Math.max(0, used[trial.number()] - TrialRows.forwardTokens(trial));
            }
            return new Saved(byStopping, bySharing);
        }
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
            if (study.search().searches() && !study.isNoOp()) {
                boolean known = !baselines.add(study.baseline().key());
                sum += ExhaustiveCost.forwardTokens(study)
                        - (known ? ExhaustiveCost.evaluation(study.searchPlan(), ExhaustiveCost.STRIDE_TOKENS) : 0);
            }
        }
        return sum;
    }
}
