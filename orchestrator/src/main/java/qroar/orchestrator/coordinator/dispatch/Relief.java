package qroar.orchestrator.coordinator.dispatch;

import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.coordinator.trial.Portion;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.orchestrator.coordinator.trial.TrialState.Status;
import qroar.protocol.message.WorkerMessage;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.WindowSpan;

/**
 * What a worker for whom no trial waits takes from one that is under way: the documents after the one that another worker is
 * at. That one keeps the document it reads; so they are measured in about the order in which the study's decisions want them,
 * and when a stopping rule makes the later ones needless few of them were begun. When a worker is done with its document it
 * takes, in its turn, what follows the document of the worker furthest from its end.
 *
 * <p>A worker that has yet to load the model begins further on, at the middle of what is left, and has that long to load it.
 *
 * <p>Of scored items, which are short and are all wanted, it takes the second half of what is left.
 *
 * <p>A worker on which the trial has just failed stays away until others have passed that place. Only windows that an open request wants are taken, and only documents that take long enough to be worth a lease.
 *
 * @param trial as it stands
 * @param fromWindow first window that may be taken
 * @param tokens of the documents from there on, as far as they are wanted
 */
record Relief(TrialState trial, int priority, int fromWindow, long tokens) {
    /** Candidates before held-out figures, for the study's next step waits for them; then where most is left. */
    private static final Comparator<Relief> ORDER = Comparator.comparingInt(Relief::priority)
            .thenComparing(Comparator.comparingLong(Relief::tokens).reversed())
            .thenComparingInt(relief -> relief.trial().number())
            .thenComparingInt(Relief::fromWindow);

    /** What the worker takes over; null when nothing is worth it. */
    static @Nullable Assignment choose(RunState state, Roster roster, Pace pace, ActorRef<WorkerMessage> worker) {
        return state.leased().stream()
                .map(state::trial)
                .filter(trial -> trial.status() == Status.LEASED && roster.canRun(worker, trial.spec()))
                .filter(trial -> !trial.effort().hasFailedOn(roster.name(worker)))
                .flatMap(trial -> of(state, trial, pace, roster.holdsModelOf(worker, trial.spec())))
                .min(ORDER)
                .map(relief -> new Assignment(
                        worker,
                        roster.name(worker),
                        relief.trial,
                        relief.fromWindow,
                        relief.portion().toWindow()))
                .orElse(null);
    }

    private Portion portion() {
        return trial.portions().stream()
                .filter(portion -> portion.holds(fromWindow))
                .findFirst()
                .orElseThrow();
    }

    private static Stream<Relief> of(RunState state, TrialState trial, Pace pace, boolean isWarm) {
        int wanted = state.wantedWindows(trial.number());
        int priority = state.openRequests(trial.number()).stream()
                .mapToInt(request -> state.request(request).priority())
                .min()
                .orElse(Integer.MAX_VALUE);
        return trial.portions().stream()
                .map(portion -> of(trial, portion, wanted, priority, pace, isWarm))
                .filter(Objects::nonNull);
    }

    private static @Nullable Relief of(
            TrialState trial, Portion portion, int wanted, int priority, Pace pace, boolean isWarm) {
        EvaluationPlan plan = trial.spec().plan();
        List<WindowSpan> windows = plan.windows();
        int next = trial.next(portion);
        int to = Math.min(portion.toWindow(), wanted);
        if (next >= to) {
            return null;
        }
        int first = windows.get(next).document() + 1;
        int last = windows.get(to - 1).document();
        if (first > last) {
            return null;
        }
        // Items take milliseconds, so they go in runs; and all of them are wanted, so any half will do. So do short
        // questions.
        boolean inRuns = plan.scoresItems() || plan.isAnswer(first);
        int from = isWarm && !inRuns ? first : first + (last + 1 - first) / 2;
        long tokens = 0;
        for (int document = from; document <= last; document++) {
            tokens += plan.forwardTokens(document);
        }
        boolean isWorthIt = pace.isWorthALease(inRuns ? tokens : plan.positions(from));
        return isWorthIt ? new Relief(trial, priority, plan.firstWindow(from), tokens) : null;
    }
}
