package qroar.orchestrator.coordinator.state;

import qroar.experiments.study.StudyProgress;
import qroar.orchestrator.coordinator.state.RunState.Phase;
import qroar.orchestrator.coordinator.state.RunState.StudyLabel;
import qroar.orchestrator.persistent.Members;
import qroar.orchestrator.persistent.Sequence;
import qroar.orchestrator.persistent.Table;
import qroar.protocol.trial.TrialKey;

/** Collects changed fields of a {@link RunState}; lives within one call. */
public final class RunStateEdit {
    private final RunState base;
    private Phase phase;
    private long begunAtMillis;
    private long finishedAtMillis;
    private int starts;
    private WorkedTime worked;
    private int modelLoads;
    private int quantizations;
    private Sequence<StudyProgress> progress;
    private Sequence<RequestState> requests;
    private Sequence<TrialState> trials;
    private Table<TrialKey, Integer> trialByKey;
    private Table<StudyLabel, Integer> requestByLabel;
    private Table<Integer, Members<Integer>> openByTrial;
    private RunHistory history;
    private Members<Integer> queued;
    private Members<Integer> leased;

    RunStateEdit(RunState base) {
        this.base = base;
        this.phase = base.phase();
        this.begunAtMillis = base.begunAtMillis();
        this.finishedAtMillis = base.finishedAtMillis();
        this.starts = base.starts();
        this.worked = base.worked();
        this.modelLoads = base.modelLoads();
        this.quantizations = base.quantizations();
        this.progress = base.progress();
        this.requests = base.requests();
        this.trials = base.trials();
        this.trialByKey = base.trialByKey();
        this.requestByLabel = base.requestByLabel();
        this.openByTrial = base.openByTrial();
        this.history = base.history();
        this.queued = base.queued();
        this.leased = base.leased();
    }

    RunStateEdit phase(Phase value) {
        phase = value;
        return this;
    }

    RunStateEdit begun(long atMillis) {
        begunAtMillis = atMillis;
        starts = 1;
        return this;
    }

    RunStateEdit models(int loads, int quantized) {
        modelLoads = loads;
        quantizations = quantized;
        return this;
    }

    RunStateEdit finished(long atMillis) {
        finishedAtMillis = atMillis;
        return this;
    }

    RunStateEdit starts(int value) {
        starts = value;
        return this;
    }

    public RunStateEdit worked(WorkedTime value) {
        worked = value;
        return this;
    }

    RunStateEdit progress(Sequence<StudyProgress> value) {
        progress = value;
        return this;
    }

    RunStateEdit requests(Sequence<RequestState> value) {
        requests = value;
        return this;
    }

    RunStateEdit trials(Sequence<TrialState> value) {
        trials = value;
        return this;
    }

    RunStateEdit trialByKey(Table<TrialKey, Integer> value) {
        trialByKey = value;
        return this;
    }

    RunStateEdit requestByLabel(Table<StudyLabel, Integer> value) {
        requestByLabel = value;
        return this;
    }

    RunStateEdit openByTrial(Table<Integer, Members<Integer>> value) {
        openByTrial = value;
        return this;
    }

    RunStateEdit history(RunHistory value) {
        history = value;
        return this;
    }

    RunStateEdit queued(Members<Integer> value) {
        queued = value;
        return this;
    }

    RunStateEdit leased(Members<Integer> value) {
        leased = value;
        return this;
    }

    public RunState done() {
        return new RunState(
                base.plan(),
                phase,
                begunAtMillis,
                finishedAtMillis,
                starts,
                worked,
                modelLoads,
                quantizations,
                progress,
                requests,
                trials,
                trialByKey,
                requestByLabel,
                openByTrial,
                history,
                queued,
                leased);
    }
}
