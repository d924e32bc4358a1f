package qroar.orchestrator.coordinator.state;

import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import qroar.experiments.study.StudyProgress;
import qroar.experiments.study.TrialRequest;
import qroar.experiments.study.TrialResult;
import qroar.experiments.trial.Ending;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.state.TrialState.Status;
import qroar.orchestrator.persistent.Members;
import qroar.orchestrator.persistent.Sequence;
import qroar.orchestrator.persistent.Table;
import qroar.protocol.trial.ModelLoaded;
import qroar.protocol.trial.TrialKey;

/**
 * Everything known of a run: the fold of its events over its plan. Immutable; {@link #apply} is total and pure, and
 * throws only where a journal contradicts itself.
 *
 * @param plan what is to be done
 * @param phase where the run stands
 * @param begunAtMillis first start, 0 before it
 * @param finishedAtMillis end, 0 before it
 * @param starts processes that took the run up, the first included
 * @param worked for how long they were at it
 * @param modelLoads models that workers loaded for trials, over all processes of the run
 * @param quantizations how many of these with a quantizer
 * @param progress one per study
 * @param requests by number
 * @param trials by number
 * @param trialByKey number of the trial with a content key
 * @param requestByLabel number of a request by study and label
 * @param openByTrial open requests of a trial
 * @param history the events that led here, as a snapshot holds them
 * @param queued trials that wait for a worker
 * @param leased trials under way
 */
public record RunState(
        RunPlan plan,
        Phase phase,
        long begunAtMillis,
        long finishedAtMillis,
        int starts,
        WorkedTime worked,
        int modelLoads,
        int quantizations,
        Sequence<StudyProgress> progress,
        Sequence<RequestState> requests,
        Sequence<TrialState> trials,
        Table<TrialKey, Integer> trialByKey,
        Table<StudyLabel, Integer> requestByLabel,
        Table<Integer, Members<Integer>> openByTrial,
        RunHistory history,
        Members<Integer> queued,
        Members<Integer> leased) {

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
                0,
                0,
                0,
                WorkedTime.NONE,
                0,
                0,
                Sequence.of(plan.studies().stream().map(StudyProgress::begin).toList()),
                Sequence.empty(),
                Sequence.empty(),
                Table.empty(),
                Table.empty(),
                Table.empty(),
                RunHistory.NONE,
                Members.empty(),
                Members.empty());
    }

    public TrialState trial(int number) {
        return trials.get(known("trial", number, trials.size()));
    }

    public RequestState request(int number) {
        return requests.get(known("request", number, requests.size()));
    }

    private static int known(String what, int number, int count) {
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
        List<Integer> open = new ArrayList<>(openByTrial.getOrDefault(trial, Members.empty()));
        open.sort(null);
        return open;
    }

    /** Windows of a trial that its open requests want, counted from the first; 0 when none is open. */
    public int wantedWindows(int trial) {
        int wanted = 0;
        for (int number : openByTrial.getOrDefault(trial, Members.empty())) {
            wanted = Math.max(wanted, request(number).windowLimit());
        }
        return wanted;
    }

    @Nullable Integer requestNumber(int study, String label) {
        return requestByLabel.get(new StudyLabel(study, label));
    }

    /** The state after an event. */
    public RunState apply(RunEvent event) {
        WorkedTime time = event instanceof RunEvent.Timed timed ? worked.seen(timed.atMillis()) : worked;
        return edit().history(history.with(this, event)).worked(time).done().changed(event);
    }

    private RunState changed(RunEvent event) {
        if (event instanceof RunEvent.RunBegun e) {
            return edit().phase(Phase.RUNNING)
                    .begun(e.atMillis())
                    .worked(worked.takenUp(e.atMillis()))
                    .done();
        }
        if (event instanceof RunEvent.RunResumed e) {
            return resumed(e);
        }
        if (event instanceof RunEvent.RunWorked e) {
            return edit().worked(worked.told(e.millis())).done();
        }
        if (event instanceof RunEvent.TrialLeased e) {
            return withTrial(trial(e.trial()).leased(e.attempt(), e.worker(), e.atMillis()));
        }
        if (event instanceof RunEvent.PortionLeased e) {
            return withTrial(trial(e.trial())
                    .leased(new Portion(e.attempt(), e.worker(), e.firstWindow(), e.toWindow(), e.atMillis())));
        }
        if (event instanceof RunEvent.PortionFinished e) {
            return withTrial(
                    trial(e.trial()).portionFinished(e.attempt(), e.forwardTokens(), e.computeNanos(), e.atMillis()));
        }
        if (event instanceof RunEvent.WindowsMeasured e) {
            return withTrial(trial(e.trial()).measured(e.attempt(), e.firstWindow(), e.nllNats()));
        }
        if (event instanceof RunEvent.LayerMeasured e) {
            return withTrial(trial(e.trial()).measured(e.activations()));
        }
        if (event instanceof RunEvent.GradientMeasured e) {
            return withTrial(trial(e.trial()).measured(e.gradient()));
        }
        if (event instanceof RunEvent.ModelReadied e) {
            boolean quantized = e.weights() == ModelLoaded.Weights.QUANTIZED;
            return edit().models(modelLoads + 1, quantizations + (quantized ? 1 : 0))
                    .done();
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
            return edit().phase(Phase.FINISHED).finished(e.atMillis()).done();
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
        if (!request(request.number()).isOpen()) {
            throw new IllegalStateException("the journal settles request " + request.number() + " twice");
        }
        TrialState trial = trial(request.trial());
        if (request.windowsUsed() > trial.windows()) {
            throw new IllegalStateException("the journal settles request " + request.number() + " on "
                    + request.windowsUsed() + " windows of trial " + trial.number() + ", which holds "
                    + trial.windows());
        }
        Members<Integer> open =
                openByTrial.getOrDefault(request.trial(), Members.empty()).minus(request.number());
        TrialResult result = request.answer(trial);
        return edit().progress(progress.with(
                        request.study(), progress.get(request.study()).with(request.label(), result)))
                .requests(requests.with(request.number(), request))
                .openByTrial(
                        open.isEmpty() ? openByTrial.minus(request.trial()) : openByTrial.plus(request.trial(), open))
                .done();
    }

    private RunState resumed(RunEvent.RunResumed event) {
        RunState state = edit().starts(starts + 1)
                .worked(worked.takenUp(event.atMillis()))
                .done();
        for (int number : leased) {
            state = state.withTrial(state.trial(number).orphaned());
        }
        return state;
    }

    private RunState planned(RunEvent.RequestPlanned event) {
        TrialRequest wanted = progress.get(known("study", event.study(), progress.size())).wanted().stream()
                .filter(request -> request.label().equals(event.label()))
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException("the journal plans '" + event.label() + "', which study "
                        + plan.studies().get(event.study()).id() + " does not want"));
        if (event.specChecksum() != 0 && event.specChecksum() == wanted.spec().checksum()) {
            // Digests are half of what a run that is taken up would have to compute.
            wanted.spec().keyIs(new TrialKey(event.key()));
        }
        RunState state = this;
        if (event.trial() == trials.size()) {
            TrialState trial = TrialState.planned(event.trial(), wanted.spec());
            state = edit().trials(trials.plus(trial))
                    .trialByKey(trialByKey.plus(trial.key(), trial.number()))
                    .queued(queued.plus(trial.number()))
                    .done();
        }
        if (!state.trial(event.trial()).key().hex().equals(event.key())) {
            throw new IllegalStateException("the journal plans '" + event.label() + "' with key " + event.key()
                    + ", the experiment now says " + state.trial(event.trial()).key());
        }
        RequestState request = new RequestState(
                requests.size(),
                event.study(),
                event.label(),
                event.trial(),
                event.windowLimit(),
                wanted.priority(),
                null,
                0,
                null);
        return state.edit()
                .requests(state.requests.plus(request))
                .requestByLabel(requestByLabel.plus(new StudyLabel(event.study(), event.label()), request.number()))
                .done()
                .open(request);
    }

    private RunState widened(RunEvent.RequestWidened event) {
        RequestState request = request(event.request()).widened(event.windowLimit());
        return edit().requests(requests.with(request.number(), request)).done().open(request);
    }

    /** Registers an open request with its trial; a trial that was released and has too few windows queues again. */
    private RunState open(RequestState request) {
        Members<Integer> open =
                openByTrial.getOrDefault(request.trial(), Members.empty()).plus(request.number());
        RunState state =
                edit().openByTrial(openByTrial.plus(request.trial(), open)).done();
        TrialState trial = state.trial(request.trial());
        return trial.status() == Status.RELEASED ? state.withTrial(trial.ended(Status.QUEUED, null, 0)) : state;
    }

    /** The state with one trial as given. */
    RunState withTrial(TrialState trial) {
        Members<Integer> nowQueued = membership(queued, trial.number(), trial.status() == Status.QUEUED);
        Members<Integer> nowLeased = membership(leased, trial.number(), trial.status() == Status.LEASED);
        return edit().trials(trials.with(trial.number(), trial))
                .queued(nowQueued)
                .leased(nowLeased)
                .done();
    }

    private static Members<Integer> membership(Members<Integer> set, int number, boolean member) {
        if (set.contains(number) == member) {
            return set;
        }
        return member ? set.plus(number) : set.minus(number);
    }

    public RunStateEdit edit() {
        return new RunStateEdit(this);
    }
}
