package qroar.orchestrator.coordinator.state;

import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import qroar.experiments.stopping.Verdict;
import qroar.experiments.study.StudyProgress;
import qroar.experiments.study.TrialRequest;
import qroar.experiments.trial.Ending;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.orchestrator.coordinator.trial.TrialState.Status;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.ItemRef;
import qroar.protocol.trial.TrialKey;
import qroar.protocol.trial.TrialSpec;

/** What an event makes of what studies ask for: a trial is planned or foreseen, more of it is wanted, or it has answered. */
final class RequestFold {
    private final RunState state;

    private RequestFold(RunState state) {
        this.state = state;
    }

    /**
     * The run after an event of a request, or of a trial that is known from then on.
     *
     * @throws IllegalStateException where the event contradicts what is known of the run
     * @throws IllegalArgumentException for an event that changes no request
     */
    static RunState after(RunState state, RunEvent event) {
        RequestFold fold = new RequestFold(state);
        if (event instanceof RunEvent.RequestPlanned e) {
            return state.progress().get(fold.study(e.study())).hasDropped(e.label())
                    ? fold.dropped(e)
                    : fold.planned(e);
        }
        if (event instanceof RunEvent.TrialSpeculated e) {
            return fold.speculated(e);
        }
        if (event instanceof RunEvent.OfRequest e) {
            RequestState request = state.request(e.request());
            // Numbers of requests that nobody makes any longer stay in the journal, and what happened to them changes
            // nothing.
            return state.hasDropped(request) ? state : fold.changed(request, event);
        }
        throw new IllegalArgumentException(event + " changes no request");
    }

    private int study(int number) {
        return RunState.known("study", number, state.progress().size());
    }

    private RunState planned(RunEvent.RequestPlanned event) {
        TrialRequest wanted = state.progress().get(event.study()).wanted().stream()
                .filter(request -> request.label().equals(event.label()))
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException("the journal plans '" + event.label() + "', which study "
                        + state.plan().studies().get(event.study()).id() + " does not want"));
        if (event.specChecksum() != 0 && event.specChecksum() == wanted.spec().checksum()) {
            // Digests are half of what a run that is taken up would have to compute.
            wanted.spec().keyIs(new TrialKey(event.key()));
        }
        TrialTable answering = state.trialTable();
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
        RequestState request = request(event, wanted.priority(), null);
        return state.with(state.requestTable().plus(request), requeued(answering, event.trial()));
    }

    /**
     * A task that the experiment named when this was written, and does not name now, is no part of a run's identity: its trials
     * stay in the journal, under their keys, and nobody asks for them.
     */
    private RunState dropped(RunEvent.RequestPlanned event) {
        TrialTable answering = state.trialTable();
        if (event.trial() == answering.all().size()) {
            answering = answering.unasked(standIn(event.study(), event.trial(), event.key(), event.windowLimit()));
        }
        return state.with(state.requestTable().dropped(request(event, 0, Ending.FAILED)), answering);
    }

    private RequestState request(RunEvent.RequestPlanned event, int priority, @Nullable Ending settlement) {
        return new RequestState(
                state.requests().size(),
                event.study(),
                event.label(),
                event.trial(),
                event.windowLimit(),
                priority,
                settlement,
                0,
                null);
    }

    /** A trial of which only the key is known, with as many windows as were wanted of it. */
    private TrialState standIn(int study, int trial, String key, int windows) {
        TrialSpec like = state.plan().studies().get(study).baseline();
        // As many figures: one for each token, and the one behind.
        ItemRef figures = new ItemRef(key, 1, List.of(new ItemRef.Continuation(1, Math.max(2, windows))));
        return TrialState.unasked(trial, new TrialKey(key), like.on(EvaluationPlan.ofItems(List.of(figures), 1)));
    }

    /** What a study foresees follows from its state; a build that foresees otherwise knows the trial when it is asked for. */
    private RunState speculated(RunEvent.TrialSpeculated event) {
        TrialTable trials = state.trialTable();
        if (event.trial() < trials.all().size()) {
            return state.with(state.requestTable(), requeued(trials, event.trial()));
        }
        TrialKey key = new TrialKey(event.key());
        TrialTable more = state.progress().get(study(event.study())).foreseen().stream()
                .filter(request -> request.spec().key().equals(key))
                .findFirst()
                .map(request -> trials.plus(TrialState.planned(event.trial(), request.spec())))
                .orElseGet(
                        () -> trials.unasked(standIn(event.study(), event.trial(), event.key(), event.windowLimit())));
        return state.with(state.requestTable(), more);
    }

    private RunState changed(RequestState request, RunEvent event) {
        if (event instanceof RunEvent.RequestWidened e) {
            return state.with(
                    state.requestTable().reopened(request.widened(e.windowLimit())),
                    requeued(state.trialTable(), request.trial()));
        }
        if (event instanceof RunEvent.RequestMeasured) {
            return answered(request, Ending.MEASURED, request.windowLimit(), null);
        }
        if (event instanceof RunEvent.RequestStopped e) {
            return answered(request, Ending.STOPPED, e.windows(), e.verdict());
        }
        if (event instanceof RunEvent.RequestDiverged e) {
            return answered(request, Ending.DIVERGED, e.window() + 1, null);
        }
        if (event instanceof RunEvent.RequestFailed) {
            return answered(request, Ending.FAILED, 0, null);
        }
        throw new IllegalArgumentException(event + " changes no request");
    }

    private RunState answered(RequestState open, Ending how, int windows, @Nullable Verdict why) {
        if (!open.isOpen()) {
            throw new IllegalStateException("the journal settles request " + open.number() + " twice");
        }
        RequestState request = open.settled(how, windows, why);
        TrialState trial = state.trial(request.trial());
        if (request.windowsUsed() > trial.windows()) {
            throw new IllegalStateException("the journal settles request " + request.number() + " on "
                    + request.windowsUsed() + " windows of trial " + trial.number() + ", which holds "
                    + trial.windows());
        }
        StudyProgress told = state.progress().get(request.study()).with(request.label(), request.answer(trial));
        return state.with(
                state.progress().with(request.study(), told),
                state.requestTable().settled(request));
    }

    /** With a trial that was released and has too few windows for a request that is open now waiting again. */
    private static TrialTable requeued(TrialTable trials, int number) {
        TrialState trial = trials.get(number);
        return trial.status() == Status.RELEASED ? trials.with(trial.requeued()) : trials;
    }
}
