package qroar.orchestrator.coordinator;

import org.pcollections.PMap;
import org.pcollections.PSet;
import org.pcollections.PVector;
import qroar.experiments.study.StudyProgress;
import qroar.orchestrator.coordinator.RunState.Phase;
import qroar.orchestrator.coordinator.RunState.StudyLabel;
import qroar.protocol.trial.TrialKey;

/** Collects changed fields of a {@link RunState}; lives within one call. */
final class RunStateEdit {
    private final RunState base;
    private Phase phase;
    private long begunAtMillis;
    private long finishedAtMillis;
    private int starts;
    private int modelLoads;
    private int quantizations;
    private PVector<StudyProgress> progress;
    private PVector<RequestState> requests;
    private PVector<TrialState> trials;
    private PMap<TrialKey, Integer> trialByKey;
    private PMap<StudyLabel, Integer> requestByLabel;
    private PMap<Integer, PSet<Integer>> openByTrial;
    private PVector<RunEvent> structure;
    private PSet<Integer> queued;
    private PSet<Integer> leased;

    RunStateEdit(RunState base) {
        this.base = base;
        this.phase = base.phase();
        this.begunAtMillis = base.begunAtMillis();
        this.finishedAtMillis = base.finishedAtMillis();
        this.starts = base.starts();
        this.modelLoads = base.modelLoads();
        this.quantizations = base.quantizations();
        this.progress = base.progress();
        this.requests = base.requests();
        this.trials = base.trials();
        this.trialByKey = base.trialByKey();
        this.requestByLabel = base.requestByLabel();
        this.openByTrial = base.openByTrial();
        this.structure = base.structure();
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

    RunStateEdit progress(PVector<StudyProgress> value) {
        progress = value;
        return this;
    }

    RunStateEdit requests(PVector<RequestState> value) {
        requests = value;
        return this;
    }

    RunStateEdit trials(PVector<TrialState> value) {
        trials = value;
        return this;
    }

    RunStateEdit trialByKey(PMap<TrialKey, Integer> value) {
        trialByKey = value;
        return this;
    }

    RunStateEdit requestByLabel(PMap<StudyLabel, Integer> value) {
        requestByLabel = value;
        return this;
    }

    RunStateEdit openByTrial(PMap<Integer, PSet<Integer>> value) {
        openByTrial = value;
        return this;
    }

    RunStateEdit structure(PVector<RunEvent> value) {
        structure = value;
        return this;
    }

    RunStateEdit queued(PSet<Integer> value) {
        queued = value;
        return this;
    }

    RunStateEdit leased(PSet<Integer> value) {
        leased = value;
        return this;
    }

    RunState done() {
        return new RunState(
                base.plan(),
                phase,
                begunAtMillis,
                finishedAtMillis,
                starts,
                modelLoads,
                quantizations,
                progress,
                requests,
                trials,
                trialByKey,
                requestByLabel,
                openByTrial,
                structure,
                queued,
                leased);
    }
}
