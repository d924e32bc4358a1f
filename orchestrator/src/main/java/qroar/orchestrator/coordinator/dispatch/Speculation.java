package qroar.orchestrator.coordinator.dispatch;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import qroar.experiments.study.TrialRequest;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.state.RunDecisions.Outcome;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.orchestrator.coordinator.trial.TrialState.Status;
import qroar.protocol.message.WorkerMessage;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.TrialKey;

/**
 * What a worker does for whom there is nothing certain to do: a document of a trial that a study under way may come to ask for,
 * the likeliest first. What is measured lies in the journal and answers nobody, until a study asks for that trial and finds it
 * there; so no decision depends on it, and what it was worth is only time.
 *
 * <p>It is bounded and gives way. Only a worker that holds the model takes part, and only documents that are worth a lease;
 * a trial on which an attempt failed is left until it is asked for; and a lease ends as soon as its trial is not foreseen any more,
 * or there is certain work for its worker. A worker alone never speculates, for it is never without work.
 */
final class Speculation {
    private Speculation() {}

    /** What a worker takes on, and the event that makes the trial one to be measured; null where it is that already. */
    record Chosen(RunEvent.@Nullable TrialSpeculated event, TrialKey key, int windowLimit) {}

    /** Null when nothing is foreseen that this worker could measure. */
    static @Nullable Chosen choose(RunState state, Roster roster, Pace pace, ActorRef<WorkerMessage> worker) {
        if (roster.everyone().size() < 2) {
            return null;
        }
        for (int study : underWay(state)) {
            for (TrialRequest likely : state.progress().get(study).foreseen()) {
                EvaluationPlan plan = likely.spec().plan();
                boolean suits = roster.canRun(worker, likely.spec())
                        && roster.holdsModelOf(worker, likely.spec())
                        && pace.isWorthALease(plan.isAnswer(0) ? plan.forwardTokens() : plan.positions(0));
                if (suits) {
                    Chosen chosen = of(state, study, likely);
                    if (chosen != null) {
                        return chosen;
                    }
                }
            }
        }
        return null;
    }

    private static @Nullable Chosen of(RunState state, int study, TrialRequest likely) {
        TrialKey key = likely.spec().key();
        Integer number = state.trialNumber(key);
        TrialState trial = number == null ? null : state.trial(number);
        boolean asks = trial == null || trial.status() == Status.RELEASED;
        if (trial != null) {
            boolean open = asks || trial.status() == Status.QUEUED || trial.status() == Status.LEASED;
            boolean wanted = open && !state.isAsked(trial.number()) && trial.failures() == 0;
            if (!wanted || trial.firstGap(likely.windowLimit()) < 0) {
                return null;
            }
        }
        int next = trial == null ? state.trials().size() : trial.number();
        RunEvent.TrialSpeculated event =
                new RunEvent.TrialSpeculated(study, likely.label(), next, key.hex(), likely.windowLimit());
        return new Chosen(asks ? event : null, key, likely.windowLimit());
    }

    /** The first document of it that is missing. */
    static Assignment assignment(RunState state, Roster roster, Chosen chosen, ActorRef<WorkerMessage> worker) {
        Integer number = state.trialNumber(chosen.key());
        if (number == null) {
            throw new IllegalStateException("what was speculated on is not among the trials");
        }
        TrialState trial = state.trial(number);
        EvaluationPlan plan = trial.spec().plan();
        int from = trial.firstGap(chosen.windowLimit());
        int behind = plan.firstWindow(plan.windows().get(from).document() + 1);
        int to = Math.min(Math.min(trial.gapEnd(from), behind), chosen.windowLimit());
        return new Assignment(worker, roster.name(worker), trial, from, to);
    }

    /** Studies that wait for a trial which somebody measures. */
    private static Set<Integer> underWay(RunState state) {
        Set<Integer> studies = new TreeSet<>();
        for (int trial : state.leased()) {
            state.openRequests(trial)
                    .forEach(request -> studies.add(state.request(request).study()));
        }
        return studies;
    }

    /** Without what was speculated on and is not foreseen any more, or what an attempt at it left to nobody. */
    static Outcome withoutNeedless(Outcome outcome, long atMillis) {
        RunState state = outcome.state();
        Set<Integer> needless = new LinkedHashSet<>();
        for (RunEvent event : outcome.events()) {
            boolean ends = event instanceof RunEvent.PortionFinished
                    || event instanceof RunEvent.AttemptFailed
                    || event instanceof RunEvent.AttemptDeclined;
            if (ends && event instanceof RunEvent.OfTrial of && isLeftOver(state, of.trial())) {
                needless.add(of.trial());
            }
        }
        List<TrialKey> foreseen = null;
        for (int trial : state.leased()) {
            if (!state.isAsked(trial)) {
                foreseen = foreseen == null ? foreseen(state) : foreseen;
                if (!foreseen.contains(state.trial(trial).key())) {
                    needless.add(trial);
                }
            }
        }
        Outcome left = outcome;
        for (int trial : needless) {
            left = left.and(new RunEvent.TrialReleased(trial, atMillis));
        }
        return left;
    }

    private static boolean isLeftOver(RunState state, int trial) {
        return state.trial(trial).status() == Status.QUEUED && !state.isAsked(trial);
    }

    private static List<TrialKey> foreseen(RunState state) {
        List<TrialKey> keys = new ArrayList<>();
        for (int study : underWayOrWaiting(state)) {
            state.progress()
                    .get(study)
                    .foreseen()
                    .forEach(request -> keys.add(request.spec().key()));
        }
        return keys;
    }

    /** A study whose next trial waits for a worker still foresees. */
    private static Set<Integer> underWayOrWaiting(RunState state) {
        Set<Integer> studies = underWay(state);
        for (int trial : state.queued()) {
            state.openRequests(trial)
                    .forEach(request -> studies.add(state.request(request).study()));
        }
        return studies;
    }

    /** A trial whose worker has something certain to do; null when there is none. */
    static @Nullable Integer inTheWay(RunState state, Roster roster, WaitingTrials waiting, Pace pace) {
        for (Roster.Engagement engagement : roster.engagements()) {
            int trial = (int) engagement.lease().trial();
            boolean speculates = !state.isAsked(trial)
                    && state.trial(trial).portion(engagement.lease().attempt()) != null;
            if (speculates
                    && (Assignment.choose(state, roster, waiting, engagement.worker()) != null
                            || Relief.choose(state, roster, pace, engagement.worker()) != null)) {
                return trial;
            }
        }
        return null;
    }
}
