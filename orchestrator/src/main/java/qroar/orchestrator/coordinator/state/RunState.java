package qroar.orchestrator.coordinator.state;

import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import qroar.experiments.study.StudyProgress;
import qroar.experiments.study.TrialRequest;
import qroar.experiments.study.TrialResult;
import qroar.experiments.trial.Ending;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.state.TrialState.Status;
import qroar.orchestrator.persistent.Sequence;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.ItemRef;
import qroar.protocol.trial.TrialKey;
import qroar.protocol.trial.TrialSpec;

/**
 * Everything known of a run: the fold of its events over its plan. Immutable; {@link #apply} is total and pure, and
 * throws only where a journal contradicts itself.
 *
 * @param plan what is to be done
 * @param phase where the run stands
 * @param times when it was worked on
 * @param models that were loaded for it
 * @param progress one per study
 * @param requestTable what the studies asked for
 * @param trialTable what answers them
 * @param history the events that led here, as a snapshot holds them
 */
public record RunState(
        RunPlan plan,
        Phase phase,
        RunTimes times,
        ModelCounts models,
        Sequence<StudyProgress> progress,
        RequestTable requestTable,
        TrialTable trialTable,
        RunHistory history) {

    /** Where a run stands. */
    public enum Phase {
        NEW,
        RUNNING,
        FINISHED
    }

    /** A label within a study. */
    public record StudyLabel(int study, String label) {
        // Spelled out for the same reason as in TrialKey: asked for with every event.
        @Override
        public boolean equals(Object other) {
            return other instanceof StudyLabel that && study == that.study && label.equals(that.label);
        }

        @Override
        public int hashCode() {
            return 31 * study + label.hashCode();
        }
    }

    public static RunState of(RunPlan plan) {
        return new RunState(
                plan,
                Phase.NEW,
                RunTimes.NONE,
                ModelCounts.NONE,
                Sequence.of(plan.studies().stream().map(StudyProgress::begin).toList()),
                RequestTable.EMPTY,
                TrialTable.EMPTY,
                RunHistory.NONE);
    }

    /** First start, 0 before it. */
    public long begunAtMillis() {
        return times.begunAtMillis();
    }

    /** End, 0 before it. */
    public long finishedAtMillis() {
        return times.finishedAtMillis();
    }

    /** Processes that took the run up, the first included. */
    public int starts() {
        return times.starts();
    }

    /** For how long they were at it. */
    public WorkedTime worked() {
        return times.worked();
    }

    /** Models that workers loaded for trials, over all processes of the run. */
    public int modelLoads() {
        return models.loads();
    }

    /** How many of these with a quantizer. */
    public int quantizations() {
        return models.quantizations();
    }

    /** By number. */
    public List<TrialState> trials() {
        return trialTable.all();
    }

    /** By number. */
    public List<RequestState> requests() {
        return requestTable.all();
    }

    /** Trials that wait for a worker. */
    public Set<Integer> queued() {
        return trialTable.queued();
    }

    /** Trials under way. */
    public Set<Integer> leased() {
        return trialTable.leased();
    }

    /** Number of the trial with a content key; null where there is none. */
    public @Nullable Integer trialNumber(TrialKey key) {
        return trialTable.byKey().get(key);
    }

    /** Whether nothing is left to be done; a finished run whose experiment has come to ask for more is not over. */
    public boolean isOver() {
        return phase == Phase.FINISHED && progress.stream().allMatch(StudyProgress::isDone);
    }

    /** Whether a request is of a task that the experiment does not name any more. */
    public boolean hasDropped(RequestState request) {
        return progress.get(request.study()).hasDropped(request.label());
    }

    public TrialState trial(int number) {
        return trialTable.get(number);
    }

    public RequestState request(int number) {
        return requestTable.get(number);
    }

    static int known(String what, int number, int count) {
        if (number < 0 || number >= count) {
            throw new IllegalStateException(
                    "the journal names " + what + " " + number + ", but there are only " + count);
        }
        return number;
    }

    /** What a settled request was answered with; null while it is open. */
    public @Nullable TrialResult result(RequestState request) {
        return request.isOpen() ? null : request.answer(trial(request.trial()));
    }

    /** Numbers of the open requests of a trial, in planning order. */
    public List<Integer> openRequests(int trial) {
        return requestTable.openOf(trial);
    }

    /** Windows of a trial that its open requests want, counted from the first; 0 when none is open. */
    public int wantedWindows(int trial) {
        return requestTable.wantedWindows(trial);
    }

    @Nullable Integer requestNumber(int study, String label) {
        return requestTable.number(study, label);
    }

    /** The state after an event. */
    public RunState apply(RunEvent event) {
        RunTimes seen = event instanceof RunEvent.Timed timed ? times.worked(worked().seen(timed.atMillis())) : times;
        return new RunState(plan, phase, seen, models, progress, requestTable, trialTable, history.with(this, event))
                .changed(event);
    }

    /** With another time worked, of which no event tells. */
    public RunState worked(WorkedTime now) {
        return with(phase, times.worked(now));
    }

    private RunState with(Phase now, RunTimes when) {
        return new RunState(plan, now, when, models, progress, requestTable, trialTable, history);
    }

    private RunState with(RequestTable asked, TrialTable answering) {
        return new RunState(plan, phase, times, models, progress, asked, answering, history);
    }

    private RunState withTrial(TrialState trial) {
        return with(requestTable, trialTable.with(trial));
    }

    private RunState changed(RunEvent event) {
        if (event instanceof RunEvent.RunBegun e) {
            return with(Phase.RUNNING, times.begun(e.atMillis()));
        }
        if (event instanceof RunEvent.RunResumed e) {
            return resumed(e);
        }
        if (event instanceof RunEvent.RunWorked e) {
            return worked(worked().told(e.millis()));
        }
        if (event instanceof RunEvent.TrialLeased e) {
            return given(trial(e.trial()).leased(e.attempt(), e.worker(), e.atMillis()));
        }
        if (event instanceof RunEvent.PortionLeased e) {
            return given(trial(e.trial())
                    .leased(new Portion(e.attempt(), e.worker(), e.firstWindow(), e.toWindow(), e.atMillis())));
        }
        if (event instanceof RunEvent.PortionFinished e) {
            return withTrial(
                    trial(e.trial()).portionFinished(e.attempt(), e.forwardTokens(), e.computeNanos(), e.atMillis()));
        }
        if (event instanceof RunEvent.WindowsMeasured e) {
            TrialState measured = trial(e.trial()).measured(e.attempt(), e.firstWindow(), e.nllNats());
            return withTrial(isAsked(e.trial()) ? measured : measured.speculated(e.firstWindow(), e.nllNats().length));
        }
        if (event instanceof RunEvent.LayerMeasured e) {
            return withTrial(trial(e.trial()).measured(e.activations()));
        }
        if (event instanceof RunEvent.GradientMeasured e) {
            return withTrial(trial(e.trial()).measured(e.gradient()));
        }
        if (event instanceof RunEvent.ReferenceCompared e) {
            return withTrial(trial(e.trial()).measured(e.comparison()));
        }
        if (event instanceof RunEvent.ModelReadied e) {
            return new RunState(
                    plan, phase, times, models.plus(e.weights()), progress, requestTable, trialTable, history);
        }
        if (event instanceof RunEvent.TrialFinished e) {
            return withTrial(trial(e.trial()).finished(e.forwardTokens(), e.computeNanos(), e.atMillis()));
        }
        if (event instanceof RunEvent.TrialReused e) {
            return withTrial(trial(e.trial()).reused(e.nllNats(), e.activations()));
        }
        if (event instanceof RunEvent.TrialReleased e) {
            return withTrial(trial(e.trial()).ended(Status.RELEASED, null, e.atMillis()));
        }
        if (event instanceof RunEvent.AttemptFailed e) {
            return withTrial(trial(e.trial()).attemptFailed(e.attempt(), e.cause(), e.atMillis()));
        }
        if (event instanceof RunEvent.AttemptDeclined e) {
            return withTrial(trial(e.trial()).attemptEnded(e.attempt(), e.reason(), e.atMillis()));
        }
        if (event instanceof RunEvent.TrialFailed e) {
            return withTrial(trial(e.trial()).failed(e.cause(), e.atMillis()));
        }
        if (event instanceof RunEvent.RunFinished e) {
            return with(Phase.FINISHED, times.finished(e.atMillis()));
        }
        if (event instanceof RunEvent.ActivationsMerged e) {
            return withTrial(trial(e.trial()).merged(e.layers(), e.layersSeen()));
        }
        if (event instanceof RunEvent.RequestPlanned e) {
            return planned(e);
        }
        if (event instanceof RunEvent.RequestWidened e) {
            return widened(e);
        }
        if (event instanceof RunEvent.TrialSpeculated e) {
            return speculated(e);
        }
        return settled(event);
    }

    private RunState settled(RunEvent event) {
        if (event instanceof RunEvent.RequestMeasured e) {
            return answer(request(e.request())
                    .settled(Ending.MEASURED, request(e.request()).windowLimit(), null));
        }
        if (event instanceof RunEvent.RequestStopped e) {
            return answer(request(e.request()).settled(Ending.STOPPED, e.windows(), e.verdict()));
        }
        if (event instanceof RunEvent.RequestDiverged e) {
            return answer(request(e.request()).settled(Ending.DIVERGED, e.window() + 1, null));
        }
        RunEvent.RequestFailed e = (RunEvent.RequestFailed) event;
        return answer(request(e.request()).settled(Ending.FAILED, 0, null));
    }

    private RunState answer(RequestState request) {
        if (progress.get(request.study()).hasDropped(request.label())) {
            return this;
        }
        if (!request(request.number()).isOpen()) {
            throw new IllegalStateException("the journal settles request " + request.number() + " twice");
        }
        TrialState trial = trial(request.trial());
        if (request.windowsUsed() > trial.windows()) {
            throw new IllegalStateException("the journal settles request " + request.number() + " on "
                    + request.windowsUsed() + " windows of trial " + trial.number() + ", which holds "
                    + trial.windows());
        }
        StudyProgress told = progress.get(request.study()).with(request.label(), request.answer(trial));
        return new RunState(
                plan,
                phase,
                times,
                models,
                progress.with(request.study(), told),
                requestTable.settled(request),
                trialTable,
                history);
    }

    private RunState resumed(RunEvent.RunResumed event) {
        // A finished run is taken up when its experiment has come to ask for more.
        RunState state = with(Phase.RUNNING, times.resumed(event.atMillis()));
        for (int number : leased()) {
            state = state.withTrial(state.trial(number).orphaned());
        }
        return state;
    }

    private RunState planned(RunEvent.RequestPlanned event) {
        if (progress.get(known("study", event.study(), progress.size())).hasDropped(event.label())) {
            return dropped(event);
        }
        TrialRequest wanted = progress.get(known("study", event.study(), progress.size())).wanted().stream()
                .filter(request -> request.label().equals(event.label()))
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException("the journal plans '" + event.label() + "', which study "
                        + plan.studies().get(event.study()).id() + " does not want"));
        if (event.specChecksum() != 0 && event.specChecksum() == wanted.spec().checksum()) {
            // Digests are half of what a run that is taken up would have to compute.
            wanted.spec().keyIs(new TrialKey(event.key()));
        }
        TrialTable answering = trialTable;
        if (event.trial() == answering.all().size()) {
            answering = answering.plus(TrialState.planned(event.trial(), wanted.spec()));
        }
        if (!answering.get(event.trial()).key().hex().equals(event.key())) {
            throw new IllegalStateException(
                    "the journal plans '" + event.label() + "' with key " + event.key() + ", the experiment now says "
                            + answering.get(event.trial()).key());
        }
        if (!answering.byKey().containsKey(answering.get(event.trial()).key())) {
            // Known to a request that was dropped; for this one it can be measured.
            answering = answering.found(answering.get(event.trial()).evaluating(wanted.spec()));
        }
        RequestState request = new RequestState(
                requests().size(),
                event.study(),
                event.label(),
                event.trial(),
                event.windowLimit(),
                wanted.priority(),
                null,
                0,
                null);
        return with(requestTable.plus(request), answering).queuedAgain(event.trial());
    }

    /**
     * A task that the experiment named when this was written, and does not name now, is no part of a run's identity: its trials
     * stay in the journal, under their keys, and nobody asks for them.
     */
    private RunState dropped(RunEvent.RequestPlanned event) {
        TrialTable answering = trialTable;
        if (event.trial() == answering.all().size()) {
            answering = answering.unasked(standIn(event.study(), event.trial(), event.key(), event.windowLimit()));
        }
        RequestState request = new RequestState(
                requests().size(),
                event.study(),
                event.label(),
                event.trial(),
                event.windowLimit(),
                0,
                Ending.FAILED,
                0,
                null);
        return with(requestTable.dropped(request), answering);
    }

    /** A trial of which only the key is known, with as many windows as were wanted of it. */
    private TrialState standIn(int study, int trial, String key, int windows) {
        TrialSpec like = plan.studies().get(study).baseline();
        // As many figures: one for each token, and the one behind.
        ItemRef figures = new ItemRef(key, 1, List.of(new ItemRef.Continuation(1, Math.max(2, windows))));
        return TrialState.unasked(trial, new TrialKey(key), like.on(EvaluationPlan.ofItems(List.of(figures), 1)));
    }

    /** What a study foresees follows from its state; a build that foresees otherwise knows the trial when it is asked for. */
    private RunState speculated(RunEvent.TrialSpeculated event) {
        if (event.trial() < trials().size()) {
            return queuedAgain(event.trial());
        }
        TrialKey key = new TrialKey(event.key());
        TrialTable more = progress.get(known("study", event.study(), progress.size())).foreseen().stream()
                .filter(request -> request.spec().key().equals(key))
                .findFirst()
                .map(request -> trialTable.plus(TrialState.planned(event.trial(), request.spec())))
                .orElseGet(() ->
                        trialTable.unasked(standIn(event.study(), event.trial(), event.key(), event.windowLimit())));
        return with(requestTable, more);
    }

    /** What is measured before anybody asks is no attempt that a study had to wait for. */
    private RunState given(TrialState leased) {
        return withTrial(isAsked(leased.number()) ? leased : leased.unaskedLease());
    }

    /** Whether some study wants more of a trial. */
    public boolean isAsked(int trial) {
        return requestTable.openByTrial().containsKey(trial);
    }

    private RunState widened(RunEvent.RequestWidened event) {
        if (progress.get(request(event.request()).study())
                .hasDropped(request(event.request()).label())) {
            return this;
        }
        RequestState request = request(event.request()).widened(event.windowLimit());
        return with(requestTable.reopened(request), trialTable).queuedAgain(request.trial());
    }

    /** A trial that was released and has too few windows for a request that is open now. */
    private RunState queuedAgain(int number) {
        TrialState trial = trial(number);
        return trial.status() == Status.RELEASED ? withTrial(trial.ended(Status.QUEUED, null, 0)) : this;
    }
}
