package qroar.orchestrator.app.live;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import qroar.experiments.attribution.GainWords;
import qroar.experiments.stopping.Verdict;
import qroar.experiments.trial.Ending;
import qroar.orchestrator.coordinator.state.RequestState;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.reports.live.LiveEnd;

/** Trials that ended before they were measured in full, with the reason in words. */
final class LatestEnds {
    static final int MOST = 12;

    private LatestEnds() {}

    /** The latest that were planned, the last of them first. */
    static List<LiveEnd> of(RunState state) {
        List<LiveEnd> ends = new ArrayList<>();
        List<RequestState> requests = state.requests();
        for (int i = requests.size() - 1; i >= 0 && ends.size() < MOST; i--) {
            RequestState request = requests.get(i);
            Ending ending = request.settlement();
            if (ending != null && ending != Ending.MEASURED && !state.hasDropped(request)) {
                ends.add(end(state, request, ending));
            }
        }
        return ends;
    }

    static LiveEnd end(RunState state, RequestState request, Ending ending) {
        return new LiveEnd(
                request.number() + 1,
                state.plan().studies().get(request.study()).id(),
                request.label(),
                ending.standing(),
                reason(state, request, ending));
    }

    private static String reason(RunState state, RequestState request, Ending ending) {
        TrialState trial = state.trial(request.trial());
        String seen = "after " + request.windowsUsed() + " of " + trial.windowCount() + " windows";
        Verdict verdict = request.verdict();
        if (ending == Ending.DIVERGED) {
            return "its loss is not finite " + seen;
        }
        if (ending == Ending.FAILED) {
            return trial.cause() + ", after " + trial.attempts() + (trial.attempts() == 1 ? " attempt" : " attempts");
        }
        if (verdict == null) {
            return "given up " + seen;
        }
        return Double.isFinite(verdict.gainUpperBound())
                ? String.format(
                        Locale.ROOT,
                        "gains %s at most (estimate %s) %s",
                        GainWords.nats(verdict.gainUpperBound()),
                        GainWords.nats(verdict.gainEstimate()),
                        seen)
                : "behind the others (estimate " + GainWords.nats(verdict.gainEstimate()) + ") " + seen;
    }
}
