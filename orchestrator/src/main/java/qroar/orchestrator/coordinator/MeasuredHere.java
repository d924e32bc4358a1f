package qroar.orchestrator.coordinator;

import java.util.List;
import qroar.orchestrator.coordinator.dispatch.Pace;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.protocol.message.Lease;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.WindowSpan;

/**
 * What this process made durable of windows since it started, for people, and what that tells of how fast its workers read.
 * Confined to the actor.
 */
final class MeasuredHere {
    private final Pace pace;
    private long windows;
    private long tokens;

    /** @param pace is told what each lease read */
    MeasuredHere(Pace pace) {
        this.pace = pace;
    }

    /**
     * @param plan of the lease's trial
     * @param facts of one batch; those that are no windows are passed over
     * @param nanos when they arrived
     */
    void add(Lease lease, EvaluationPlan plan, List<RunEvent> facts, long nanos) {
        for (RunEvent fact : facts) {
            if (fact instanceof RunEvent.WindowsMeasured measured) {
                int from = measured.firstWindow();
                int to = from + measured.nllNats().length;
                windows += to - from;
                tokens += scored(plan, from, to);
                pace.measured(lease, read(plan, from, to), nanos);
            }
        }
    }

    private static long scored(EvaluationPlan plan, int from, int to) {
        return plan.windows().subList(from, to).stream()
                .mapToLong(WindowSpan::tokens)
                .sum();
    }

    /** Of items and answers few tokens are scored, and reading takes its time by those that are read. */
    private static long read(EvaluationPlan plan, int from, int to) {
        if (plan.scoresItems()) {
            return plan.forwardTokens(from, to);
        }
        long unscored = plan.windows().subList(from, to).stream()
                .filter(window -> plan.isAnswer(window.document()))
                .mapToLong(WindowSpan::fromPosition)
                .sum();
        return scored(plan, from, to) + unscored;
    }

    /** Windows made durable. */
    long windows() {
        return windows;
    }

    /** Scored tokens in them. */
    long tokens() {
        return tokens;
    }
}
