package qroar.orchestrator.coordinator;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;
import qroar.experiments.stopping.Verdict;
import qroar.experiments.trial.Ending;
import qroar.orchestrator.coordinator.RunState.Phase;
import qroar.orchestrator.journal.JournalState;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.ScaleGradient;

/**
 * A {@link RunState} as it is stored: the trials' measurements, and the planning and settling of requests in their
 * order. Whatever the experiment's studies make of these is computed again, so a snapshot stays small and cannot
 * disagree with the search.
 */
record RunSnapshot(
        Phase phase,
        long begunAtMillis,
        long finishedAtMillis,
        int starts,
        int modelLoads,
        int quantizations,
        List<Step> steps,
        List<Row> trials)
        implements JournalState {
    /** In place of a window that an older form does not tell: the first one that is missing. */
    static final int NEXT_WINDOW = -1;

    RunSnapshot {
        steps = List.copyOf(steps);
        trials = List.copyOf(trials);
    }

    /**
     * A request planned ({@code label} set), widened ({@code settlement} null) or settled.
     *
     * @param request number of the request; of the study where one is planned
     * @param windows limit, or windows that the settlement rests on
     */
    record Step(
            int request,
            @Nullable String label,
            int trial,
            @Nullable String text,
            int windows,
            @Nullable Ending settlement,
            @Nullable Verdict verdict) {

        static Step of(RunEvent event) {
            if (event instanceof RunEvent.RequestPlanned e) {
                return new Step(e.study(), e.label(), e.trial(), e.key(), e.windowLimit(), null, null);
            }
            if (event instanceof RunEvent.RequestWidened e) {
                return new Step(e.request(), null, 0, null, e.windowLimit(), null, null);
            }
            if (event instanceof RunEvent.RequestMeasured e) {
                return new Step(e.request(), null, 0, null, 0, Ending.MEASURED, null);
            }
            if (event instanceof RunEvent.RequestStopped e) {
                return new Step(e.request(), null, 0, null, e.windows(), Ending.STOPPED, e.verdict());
            }
            if (event instanceof RunEvent.RequestDiverged e) {
                return new Step(e.request(), null, 0, null, e.window(), Ending.DIVERGED, null);
            }
            RunEvent.RequestFailed e = (RunEvent.RequestFailed) event;
            return new Step(e.request(), null, 0, e.cause(), 0, Ending.FAILED, null);
        }

        RunEvent event() {
            if (label != null) {
                return new RunEvent.RequestPlanned(request, label, trial, String.valueOf(text), windows);
            }
            if (settlement == null) {
                return new RunEvent.RequestWidened(request, windows);
            }
            return switch (settlement) {
                case MEASURED -> new RunEvent.RequestMeasured(request);
                case STOPPED ->
                    new RunEvent.RequestStopped(request, windows, verdict == null ? Verdict.UNDECIDED : verdict);
                case DIVERGED -> new RunEvent.RequestDiverged(request, windows);
                case FAILED -> new RunEvent.RequestFailed(request, String.valueOf(text));
            };
        }
    }

    /** One trial, without its spec, which the studies give again. Flat, for that is how snapshots are stored. */
    record Row(
            TrialState.Status status,
            double[] nllNats,
            List<AheadRun> ahead,
            List<LayerActivations> layers,
            List<Long> layersSeen,
            List<ScaleGradient> gradients,
            int leases,
            int splits,
            List<Setback> setbacks,
            @Nullable String worker,
            @Nullable String cause,
            List<Portion> portions,
            long busyMillis,
            long forwardTokens,
            long computeNanos,
            long aheadTokens) {
        Row {
            ahead = List.copyOf(ahead);
            setbacks = List.copyOf(setbacks);
            portions = List.copyOf(portions);
            layers = List.copyOf(layers);
            layersSeen = List.copyOf(layersSeen);
            gradients = List.copyOf(gradients);
        }

        static Row of(TrialState trial) {
            Evidence evidence = trial.evidence();
            Effort effort = trial.effort();
            return new Row(
                    trial.status(),
                    evidence.nllNats(),
                    evidence.ahead(),
                    List.copyOf(evidence.layers().values()),
                    List.copyOf(evidence.layersSeen()),
                    List.copyOf(evidence.gradients().values()),
                    effort.leases(),
                    effort.splits(),
                    List.copyOf(effort.setbacks().values()),
                    effort.worker(),
                    effort.cause(),
                    trial.portions(),
                    effort.busyMillis(),
                    effort.forwardTokens(),
                    effort.computeNanos(),
                    effort.aheadTokens());
        }

        TrialState restore(TrialState planned) {
            PMap<Integer, Setback> byWindow = HashTreePMap.empty();
            for (Setback setback : setbacks) {
                int window = setback.window() == NEXT_WINDOW ? nllNats.length : setback.window();
                byWindow = byWindow.plus(window, new Setback(window, setback.failures(), setback.worker()));
            }
            Effort effort = new Effort(
                    leases, splits, byWindow, worker, cause, busyMillis, forwardTokens, computeNanos, aheadTokens);
            return new TrialState(
                    planned.number(),
                    planned.key(),
                    planned.spec(),
                    status,
                    Evidence.of(nllNats, ahead, layers, layersSeen, gradients),
                    effort,
                    portions.stream()
                            .map(portion -> portion.curtailed(Math.min(portion.toWindow(), planned.windowCount())))
                            .toList());
        }
    }

    static RunSnapshot of(RunState state) {
        return new RunSnapshot(
                state.phase(),
                state.begunAtMillis(),
                state.finishedAtMillis(),
                state.starts(),
                state.modelLoads(),
                state.quantizations(),
                state.structure().stream().map(Step::of).toList(),
                state.trials().stream().map(Row::of).toList());
    }

    /**
     * Replays the steps over the plan. A settlement rests on a prefix of its trial's windows, and what was measured
     * later does not change that prefix; so each trial is given all it has as soon as it is planned, and its final
     * status at the end.
     */
    RunState restore(RunPlan plan) {
        RunState state = RunState.of(plan);
        List<TrialState> restored = new ArrayList<>(trials.size());
        for (Step step : steps) {
            int known = state.trials().size();
            state = state.apply(step.event());
            if (state.trials().size() > known) {
                restored.add(trials.get(known).restore(state.trial(known)));
                state = state.withTrial(restored.get(known));
            }
        }
        if (restored.size() != trials.size()) {
            throw new IllegalStateException(
                    "the snapshot holds " + trials.size() + " trials, but its requests plan only " + restored.size());
        }
        for (TrialState trial : restored) {
            // What is measured no replay changes; where a trial stands it may.
            TrialState replayed = state.trial(trial.number());
            if (replayed.status() != trial.status() 
                    || !replayed.effort().equals(trial.effort())
                    || !replayed.portions().equals(trial.portions())) {
                state = state.withTrial(trial);
            }
        }
        return state.edit()
                .phase(phase)
                .begun(begunAtMillis)
                .starts(starts)
                .models(modelLoads, quantizations)
                .finished(finishedAtMillis)
                .done();
    }
}
