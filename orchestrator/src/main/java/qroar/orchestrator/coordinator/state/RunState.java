package qroar.orchestrator.coordinator.state;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import qroar.experiments.study.StudyProgress;
import qroar.experiments.study.TrialResult;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.trial.TrialFold;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.orchestrator.persistent.Sequence;
import qroar.protocol.trial.TrialKey;

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

    /** With other requests and trials. */
    RunState with(RequestTable asked, TrialTable answering) {
        return new RunState(plan, phase, times, models, progress, asked, answering, history);
    }

    /** With studies that were told of a request. */
    RunState with(Sequence<StudyProgress> told, RequestTable asked) {
        return new RunState(plan, phase, times, models, told, asked, trialTable, history);
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
        if (event instanceof RunEvent.RunFinished e) {
            return with(Phase.FINISHED, times.finished(e.atMillis()));
        }
        if (event instanceof RunEvent.ModelReadied e) {
            return new RunState(
                    plan, phase, times, models.plus(e.weights()), progress, requestTable, trialTable, history);
        }
        boolean asks = event instanceof RunEvent.RequestPlanned
                || event instanceof RunEvent.TrialSpeculated
                || event instanceof RunEvent.OfRequest;
        return asks || !(event instanceof RunEvent.OfTrial of)
                ? RequestFold.after(this, event)
                : withTrial(
                        isAsked(of.trial())
                                ? TrialFold.after(trial(of.trial()), event)
                                : TrialFold.afterUnasked(trial(of.trial()), event));
    }

    private RunState resumed(RunEvent.RunResumed event) {
        // A finished run is taken up when its experiment has come to ask for more.
        RunState state = with(Phase.RUNNING, times.resumed(event.atMillis()));
        for (int number : leased()) {
            state = state.withTrial(state.trial(number).orphaned());
        }
        return state;
    }

    /** Whether some study wants more of a trial. */
    public boolean isAsked(int trial) {
        return requestTable.openByTrial().containsKey(trial);
    }
}
