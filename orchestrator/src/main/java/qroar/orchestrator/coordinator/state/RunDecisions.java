package qroar.orchestrator.coordinator.state;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import qroar.experiments.stopping.Verdict;
import qroar.experiments.study.StudyProgress;
import qroar.experiments.study.TrialRequest;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.state.RunState.Phase;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.orchestrator.coordinator.trial.TrialState.Status;
import qroar.protocol.trial.TrialKey;

/**
 * Which events follow from a fact. Pure and deterministic: the same fact on the same state always leads to the same
 * events, and what follows is persisted in one batch with the fact, so a journal never holds half a decision.
 */
public final class RunDecisions {
    private final List<Step> steps = new ArrayList<>();
    private final Deque<RunEvent> unfollowed = new ArrayDeque<>();
    private final long atMillis;
    private RunState state;

    private RunDecisions(RunState state, long atMillis) {
        this.state = state;
        this.atMillis = atMillis;
    }

    /** An event, and the states before and after it. */
    public record Step(RunState before, RunEvent event, RunState after) {
        public static Step of(RunState before, RunEvent event) {
            return new Step(before, event, before.apply(event));
        }
    }

    /** A fact's events in their order, and the state after them. */
    public record Outcome(List<Step> steps, RunState state) {
        public Outcome {
            steps = List.copyOf(steps);
        }

        public List<RunEvent> events() {
            return steps.stream().map(Step::event).toList();
        }

        /** With one more event, from which nothing follows. */
        public Outcome and(RunEvent event) {
            Step last = Step.of(state, event);
            List<Step> longer = new ArrayList<>(steps);
            longer.add(last);
            return new Outcome(longer, last.after());
        }
    }

    /**
     * The fact and all that follows from it.
     *
     * @param atMillis the clock, for events that end something
     */
    public static Outcome of(RunState state, List<? extends RunEvent> facts, long atMillis) {
        RunDecisions decisions = new RunDecisions(state, atMillis);
        for (RunEvent fact : facts) {
            decisions.happen(fact);
            while (!decisions.unfollowed.isEmpty()) {
                decisions.follow(decisions.unfollowed.removeFirst());
            }
        }
        return new Outcome(decisions.steps, decisions.state);
    }

    private void happen(RunEvent event) {
        Step step = Step.of(state, event);
        state = step.after();
        steps.add(step);
        unfollowed.addLast(event);
    }

    private void follow(RunEvent event) {
        if (event instanceof RunEvent.RunBegun) {
            for (int study = 0; study < state.progress().size(); study++) {
                plan(study);
            }
            finishWhenDone();
        } else if (event instanceof RunEvent.RunResumed) {
            reconsider();
        } else if (event instanceof RunEvent.WindowsMeasured e) {
            judgeAll(e.trial(), e.firstWindow());
        } else if (event instanceof RunEvent.TrialReused e) {
            judgeAll(e.trial(), 0);
        } else if (event instanceof RunEvent.TrialFinished e) {
            judgeAll(e.trial(), state.trial(e.trial()).windows());
        } else if (event instanceof RunEvent.TrialFailed e) {
            failAll(e);
        } else if (event instanceof RunEvent.RequestPlanned e) {
            // Not simply the last one: a study plans several at a time, and all of them before the first is followed.
            Integer planned = state.requestNumber(e.study(), e.label());
            judge(state.request(Objects.requireNonNull(planned)), 0);
        } else if (event instanceof RunEvent.RequestWidened e) {
            judge(state.request(e.request()), 0);
        } else if (event instanceof RunEvent.OfRequest settling) {
            RequestState settled = state.request(settling.request());
            plan(settled.study());
            release(settled.trial());
            finishWhenDone();
        }
    }

    /**
     * Makes up for decisions that the journal lacks. A whole journal lacks none, because each is written in one batch with
     * its fact; one that was cut at a damaged event may end between the two, and an experiment may have come to ask for tasks.
     */
    private void reconsider() {
        for (int study = 0; study < state.progress().size(); study++) {
            plan(study);
        }
        for (int request = 0; request < state.requests().size(); request++) {
            judge(state.request(request), 0);
        }
        for (int request = 0; request < state.requests().size(); request++) {
            reopen(state.request(request));
        }
        for (int trial = 0; trial < state.trials().size(); trial++) {
            release(trial);
        }
        finishWhenDone();
    }

    /** A task that was dropped from the experiment, and so its trial released, and is back again. */
    private void reopen(RequestState request) {
        if (request.isOpen() && state.trial(request.trial()).status() == Status.RELEASED) {
            happen(new RunEvent.RequestWidened(request.number(), request.windowLimit()));
        }
    }

    /** Plans what a study wants and has not asked for yet. */
    private void plan(int study) {
        for (TrialRequest wanted : state.progress().get(study).wanted()) {
            Integer known = state.requestNumber(study, wanted.label());
            if (known == null) {
                TrialKey key = wanted.spec().key();
                Integer trial = state.trialNumber(key);
                happen(new RunEvent.RequestPlanned(
                        study,
                        wanted.label(),
                        trial == null ? state.trials().size() : trial,
                        key.hex(),
                        wanted.windowLimit(),
                        wanted.spec().checksum()));
            } else if (state.request(known).windowLimit() < wanted.windowLimit()) {
                happen(new RunEvent.RequestWidened(known, wanted.windowLimit()));
            }
        }
    }

    private void judgeAll(int trial, int fromWindow) {
        for (int request : state.openRequests(trial)) {
            judge(state.request(request), fromWindow);
        }
    }

    /** Settles a request if the windows from {@code fromWindow} on allow it; earlier prefixes were judged before. */
    private void judge(RequestState request, int fromWindow) {
        if (!request.isOpen()) {
            return;
        }
        TrialState trial = state.trial(request.trial());
        if (trial.status() == Status.FAILED) {
            happen(new RunEvent.RequestFailed(request.number(), String.valueOf(trial.cause())));
            return;
        }
        StudyProgress progress = state.progress().get(request.study());
        double[] nll = trial.nllNats();
        int until = Math.min(nll.length, request.windowLimit());
        for (int windows = Math.min(fromWindow, until) + 1; windows <= until; windows++) {
            if (!Double.isFinite(nll[windows - 1]) && !trial.spec().plan().scoresItems()) {
                happen(new RunEvent.RequestDiverged(request.number(), windows - 1));
                return;
            }
            Verdict verdict = progress.judge(request.label(), Arrays.copyOf(nll, windows));
            if (verdict.stop()) {
                happen(new RunEvent.RequestStopped(request.number(), windows, verdict));
                return;
            }
        }
        boolean partial = request.windowLimit() < trial.spec().plan().windows().size();
        if (until == request.windowLimit() && (partial || trial.isComplete())) {
            happen(new RunEvent.RequestMeasured(request.number()));
        }
    }

    private void failAll(RunEvent.TrialFailed event) {
        for (int request : state.openRequests(event.trial())) {
            happen(new RunEvent.RequestFailed(request, event.cause()));
        }
    }

    /** Ends a trial that nobody wants more of. */
    private void release(int number) {
        TrialState trial = state.trial(number);
        boolean active = trial.status() == Status.LEASED || trial.status() == Status.QUEUED;
        if (active && state.openRequests(number).isEmpty()) {
            happen(new RunEvent.TrialReleased(number, atMillis));
        }
    }

    private void finishWhenDone() {
        if (state.phase() == Phase.RUNNING && state.progress().stream().allMatch(StudyProgress::isDone)) {
            happen(new RunEvent.RunFinished(atMillis));
        }
    }
}
