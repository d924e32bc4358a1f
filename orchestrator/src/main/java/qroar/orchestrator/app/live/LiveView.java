package qroar.orchestrator.app.live;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Attribution;
import qroar.experiments.study.StudyProgress;
import qroar.orchestrator.coordinator.CoordinatorCommand.RunView;
import qroar.orchestrator.coordinator.state.RequestState;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.coordinator.trial.Portion;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.protocol.message.WorkerProfile;
import qroar.protocol.trial.WindowSpan;
import qroar.reports.live.LiveRun;
import qroar.reports.live.LiveStudy;
import qroar.reports.live.LiveTrial;
import qroar.reports.live.LiveWorker;
import qroar.reports.model.StudyState;

/** Takes a run down as it is. Follows the same run from call to call. Not thread-safe. */
public final class LiveView {
    private static final int NEXT = 5;

    private final String run;
    private final String experiment;
    private final String model;
    private final WindowRate rate = new WindowRate();
    private final WorkerPace pace = new WorkerPace();
    private final SearchGains gains = new SearchGains();

    /**
     * @param run name of its folder
     * @param experiment its name
     * @param model the checkpoint's
     */
    public LiveView(String run, String experiment, String model) {
        this.run = run;
        this.experiment = experiment;
        this.model = model;
    }

    /** @param standing how the run stands; of one that was stopped, what was under way is not told */
    public LiveRun of(RunView view, qroar.reports.model.RunState standing) {
        RunState state = view.state();
        long nanos = System.nanoTime();
        pace.see(state, nanos);
        rate.see(view.measuredWindows(), nanos);
        double windowsPerSecond = rate.perSecond();
        WindowGuess guess = WindowGuess.of(state);
        Map<Integer, Set<String>> workersOf = new HashMap<>();
        Set<Integer> begun = new TreeSet<>();
        for (RequestState request : state.requests()) {
            TrialState trial = state.trial(request.trial());
            if (!request.isOpen() || trial.status() == TrialState.Status.LEASED) {
                begun.add(request.study());
            }
            if (request.isOpen()) {
                trial.portions()
                        .forEach(portion -> workersOf
                                .computeIfAbsent(request.study(), first -> new LinkedHashSet<>())
                                .add(portion.worker()));
            }
        }
        List<LiveStudy> studies = new ArrayList<>();
        for (int s = 0; s < state.progress().size(); s++) {
            Double left = windowsPerSecond > 0 ? guess.left(s) / windowsPerSecond : null;
            studies.add(
                    study(state, s, begun.contains(s), guess, left, List.copyOf(workersOf.getOrDefault(s, Set.of()))));
        }
        long settled = state.requests().stream().filter(r -> !r.isOpen()).count();
        long done = studies.stream().mapToLong(LiveStudy::windowsDone).sum();
        long expected = studies.stream().mapToLong(LiveStudy::windowsExpected).sum();
        double tokensPerSecond = view.workers().stream()
                .mapToDouble(worker -> pace.of(worker.id(), nanos))
                .sum();
        LiveRun now = new LiveRun(
                new LiveRun.Head(
                        run,
                        experiment,
                        model,
                        qroar.reports.model.RunState.RUNNING,
                        Instant.now(),
                        state.begunAtMillis() == 0 ? null : Instant.ofEpochMilli(state.begunAtMillis())),
                new LiveRun.Work(
                        done,
                        expected,
                        (int) settled,
                        tokensPerSecond,
                        windowsPerSecond > 0 ? (expected - done) / windowsPerSecond : null),
                studies,
                trials(state),
                workers(view, nanos),
                queue(state),
                LatestEnds.of(state));
        return standing == qroar.reports.model.RunState.RUNNING ? now : now.ended(standing);
    }

    private LiveStudy study(
            RunState state,
            int number,
            boolean begun,
            WindowGuess guess,
            @Nullable Double secondsLeft,
            List<String> workers) {
        StudyProgress progress = state.progress().get(number);
        double gain = gains.of(number, progress);
        boolean done = progress.isDone();
        Attribution attribution = done ? progress.outcome().attribution() : null;
        return new LiveStudy(
                progress.study().id(),
                done
                        ? StudyState.of(progress.outcome().status(), true)
                        : begun ? StudyState.RUNNING : StudyState.PLANNED,
                progress.stage(),
                guess.done(number),
                guess.expected(number),
                Double.isNaN(gain) ? null : gain,
                attribution == null ? null : attribution.gain().objective(),
                done ? null : secondsLeft,
                workers);
    }

    private static List<LiveTrial> trials(RunState state) {
        List<LiveTrial> trials = new ArrayList<>();
        for (int number : new TreeSet<>(state.leased())) {
            TrialState trial = state.trial(number);
            List<Integer> asking = state.openRequests(number);
            RequestState request = asking.isEmpty() ? null : state.request(asking.get(0));
            List<String> workers =
                    trial.portions().stream().map(Portion::worker).distinct().toList();
            double[] losses = trial.nllNats();
            trials.add(new LiveTrial(
                    request == null ? 0 : request.number() + 1,
                    request == null
                            ? ""
                            : state.plan().studies().get(request.study()).id(),
                    request == null ? "looked ahead" : request.label(),
                    workers,
                    losses.length,
                    request == null ? trial.windowCount() : request.windowLimit(),
                    losses.length == 0 ? null : meanLoss(trial, losses),
                    request == null
                            ? null
                            : state.progress().get(request.study()).forecast(request.label(), losses)));
        }
        return trials;
    }

    private static double meanLoss(TrialState trial, double[] losses) {
        double sum = 0;
        long tokens = 0;
        List<WindowSpan> windows = trial.spec().plan().windows();
        for (int w = 0; w < losses.length; w++) {
            sum += losses[w];
            tokens += windows.get(w).tokens();
        }
        return sum / tokens;
    }

    private List<LiveWorker> workers(RunView view, long nanos) {
        Map<String, List<String>> doing = new LinkedHashMap<>();
        for (int number : view.state().leased()) {
            String name = name(view.state(), number);
            view.state().trial(number).portions().stream()
                    .map(Portion::worker)
                    .distinct()
                    .forEach(worker -> doing.computeIfAbsent(worker, first -> new ArrayList<>())
                            .add(name));
        }
        List<LiveWorker> workers = new ArrayList<>();
        for (WorkerProfile worker : view.workers()) {
            workers.add(new LiveWorker(
                    worker.id(),
                    worker.device(),
                    worker.threads(),
                    worker.memoryBytes(),
                    worker.engine(),
                    pace.of(worker.id(), nanos),
                    doing.getOrDefault(worker.id(), List.of())));
        }
        return workers;
    }

    private static LiveRun.Queue queue(RunState state) {
        return new LiveRun.Queue(
                state.queued().size(),
                state.queued().stream()
                        .sorted()
                        .limit(NEXT)
                        .map(number -> name(state, number))
                        .toList());
    }

    private static String name(RunState state, int trial) {
        List<Integer> asking = state.openRequests(trial);
        if (asking.isEmpty()) {
            return "trial " + (trial + 1) + ", looked ahead";
        }
        RequestState request = state.request(asking.get(0));
        return state.plan().studies().get(request.study()).id() + " " + request.label();
    }
}
