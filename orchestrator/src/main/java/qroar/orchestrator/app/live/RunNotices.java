package qroar.orchestrator.app.live;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import qroar.experiments.attribution.Attribution;
import qroar.experiments.study.StudyProgress;
import qroar.experiments.trial.Ending;
import qroar.orchestrator.coordinator.state.RequestState;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.reports.live.LiveEnd;

/**
 * What has happened in a run between one look and the next, each kind once per study. Of a run that is taken up, what an
 * earlier process saw is not told again. Not thread-safe.
 */
public final class RunNotices {
    private final BitSet seenRequests = new BitSet();
    private final BitSet seenStudies = new BitSet();
    private final Map<Integer, Set<Notice.Event>> told = new HashMap<>();
    private boolean begun;

    /** In the order of the requests. */
    public List<Notice> since(RunState state) {
        boolean isOld = !begun && state.starts() > 1;
        begun = true;
        List<Notice> notices = new ArrayList<>();
        for (RequestState request : state.requests()) {
            Ending ending = request.settlement();
            if (ending == null || seenRequests.get(request.number())) {
                continue;
            }
            seenRequests.set(request.number());
            boolean bad = ending == Ending.DIVERGED || ending == Ending.FAILED;
            Notice.Event event = ending == Ending.DIVERGED ? Notice.Event.DIVERGED : Notice.Event.TRIAL_FAILED;
            if (bad && !state.hasDropped(request) && isFirst(request.study(), event) && !isOld) {
                LiveEnd end = LatestEnds.end(state, request, ending);
                notices.add(new Notice(
                        event,
                        end.study(),
                        end.label(),
                        end.study() + " " + end.label() + " " + end.standing().word() + ": " + end.reason()));
            }
        }
        for (int s = 0; s < state.progress().size(); s++) {
            StudyProgress progress = state.progress().get(s);
            if (!seenStudies.get(s) && progress.isDone()) {
                seenStudies.set(s);
                Attribution attribution = progress.outcome().attribution();
                if (attribution != null && !attribution.notes().isEmpty() && !isOld) {
                    String id = progress.study().id();
                    notices.add(new Notice(
                            Notice.Event.BEATS_UNQUANTIZED,
                            id,
                            null,
                            id + ": " + String.join(" ", attribution.notes())));
                }
            }
        }
        return notices;
    }

    private boolean isFirst(int study, Notice.Event event) {
        return told.computeIfAbsent(study, first -> EnumSet.noneOf(Notice.Event.class))
                .add(event);
    }
}
