package qroar.orchestrator.app.result;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import qroar.experiments.stopping.Verdict;
import qroar.experiments.trial.Ending;
import qroar.experiments.trial.Standing;
import qroar.orchestrator.coordinator.state.RequestState;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.protocol.trial.EvaluationPlan;
import qroar.reports.model.Failure;
import qroar.reports.model.TrialRow;

/** The requests of a run as rows: one per study and label, the first of those that share a trial carrying its cost. */
public final class TrialRows {
    private final RunState state;
    private final Set<Integer> first = new LinkedHashSet<>();

    TrialRows(RunState state) {
        this.state = state;
        Set<Integer> trials = new LinkedHashSet<>();
        for (RequestState request : state.requests()) {
            if (trials.add(request.trial())) {
                first.add(request.number());
            }
        }
    }

    List<TrialRow> rows() {
        List<TrialRow> rows = new ArrayList<>();
        for (RequestState request : state.requests()) {
            if (!state.hasDropped(request)) {
                rows.add(row(request));
            }
        }
        return rows;
    }

    private TrialRow row(RequestState request) {
        TrialState trial = state.trial(request.trial());
        boolean owner = isOwner(request);
        return new TrialRow(
                request.number() + 1,
                state.plan().studies().get(request.study()).id(),
                request.label(),
                trial.key().hex(),
                standing(request),
                trial.worker(),
                trial.attempts(),
                request.isOpen() ? trial.windows() : request.windowsUsed(),
                trial.spec().plan().windows().size(),
                owner ? forwardTokens(trial) : 0,
                owner && trial.busyMillis() > 0 ? trial.busyMillis() / 1000.0 : null,
                cause(request));
    }

    /** Whether the trial was measured for this request first, in this run. */
    private boolean isOwner(RequestState request) {
        return first.contains(request.number()) && state.trial(request.trial()).status() != TrialState.Status.REUSED;
    }

    /** How the request stands. */
    Standing standing(RequestState request) {
        TrialState trial = state.trial(request.trial());
        Ending settlement = request.settlement();
        if (settlement == null) {
            return trial.status() == TrialState.Status.LEASED ? Standing.RUNNING : Standing.PLANNED;
        }
        return settlement == Ending.MEASURED && !isOwner(request) ? Standing.SHARED : settlement.standing();
    }

    private @Nullable String cause(RequestState request) {
        TrialState trial = state.trial(request.trial());
        Verdict verdict = request.verdict();
        if (verdict != null) {
            return "gain at most " + verdict.gainUpperBound() + " nats of ln J (estimate " + verdict.gainEstimate()
                    + ", look " + verdict.looks() + ")";
        }
        if (request.settlement() == Ending.DIVERGED) {
            return "the loss of window " + (request.windowsUsed() - 1) + " is not finite";
        }
        if (request.settlement() == Ending.MEASURED && !isOwner(request)) {
            return trial.status() == TrialState.Status.REUSED
                    ? "result of an earlier run with the same key"
                    : "shares trial " + (owner(request.trial()) + 1);
        }
        return trial.cause();
    }

    private int owner(int trial) {
        return first.stream()
                .filter(number -> state.request(number).trial() == trial)
                .findFirst()
                .orElseThrow();
    }

    /** Tokens that went through the model for a trial's windows; a reused one's went through it in another run. */
    public static long forwardTokens(TrialState trial) {
        return trial.status() == TrialState.Status.REUSED
                ? 0
                : trial.spec().plan().forwardTokens(0, trial.windows()) + aheadTokens(trial);
    }

    /** Tokens that went through the model for windows that wait for earlier ones, or waited in vain. */
    static long aheadTokens(TrialState trial) {
        EvaluationPlan plan = trial.spec().plan();
        return trial.ahead().stream()
                .mapToLong(run -> plan.forwardTokens(run.firstWindow(), run.toWindow()))
                .sum();
    }

    List<Failure> failures() {
        List<Failure> failures = new ArrayList<>();
        for (RequestState request : state.requests()) {
            if (request.settlement() == Ending.FAILED && !state.hasDropped(request)) {
                TrialState trial = state.trial(request.trial());
                failures.add(new Failure(
                        state.plan().studies().get(request.study()).id(),
                        request.label(),
                        trial.attempts(),
                        String.valueOf(trial.cause())));
            }
        }
        return failures;
    }
}
