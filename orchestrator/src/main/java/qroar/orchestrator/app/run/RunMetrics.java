package qroar.orchestrator.app.run;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import qroar.experiments.trial.Ending;
import qroar.orchestrator.app.result.TrialRows;
import qroar.orchestrator.cache.TrialCache;
import qroar.orchestrator.coordinator.CoordinatorCommand.RunView;
import qroar.orchestrator.coordinator.state.RequestState;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.orchestrator.metrics.MetricFamily;
import qroar.orchestrator.metrics.MetricFamily.Sample;
import qroar.orchestrator.metrics.MetricFamily.Type;
import qroar.orchestrator.metrics.ProcessMetrics;
import qroar.protocol.message.WorkerProfile;

/**
 * A run in figures. What the journal knows holds for the whole run, over all its processes; counters of windows, tokens
 * and the cache count since this process began, which is what a rate needs. Thread-safe.
 */
final class RunMetrics {
    private final String run;
    private final TrialCache cache;
    private final Supplier<List<MetricFamily>> workers;
    private volatile @Nullable RunView view;

    /** @param workers of this process */
    RunMetrics(String run, TrialCache cache, Supplier<List<MetricFamily>> workers) {
        this.run = run;
        this.cache = cache;
        this.workers = workers;
    }

    /** Takes the run as it is now; told until the next call. */
    void see(RunView now) {
        view = now;
    }

    List<MetricFamily> families() {
        List<MetricFamily> families = new ArrayList<>();
        RunView seen = view;
        if (seen != null) {
            addProgress(families, seen);
            addWork(families, seen);
        }
        addCache(families);
        families.addAll(workers.get());
        families.addAll(ProcessMetrics.now());
        return families;
    }

    private void addProgress(List<MetricFamily> families, RunView seen) {
        RunState state = seen.state();
        families.add(new MetricFamily(
                "qroar_run",
                Type.GAUGE,
                "1 for the run and its phase.",
                List.of(new Sample(
                        labels("run", run, "phase", state.phase().name().toLowerCase(Locale.ROOT)), 1))));
        families.add(MetricFamily.gauge("qroar_starts", "Processes that took the run up.", state.starts()));
        families.add(MetricFamily.gauge(
                "qroar_studies", "Studies of the run.", state.progress().size()));
        families.add(MetricFamily.gauge(
                "qroar_studies_done",
                "Studies that have chosen their scales.",
                state.progress().stream().filter(study -> study.isDone()).count()));
        Map<String, Long> outcomes = new LinkedHashMap<>();
        outcomes.put("open", 0L);
        for (Ending settlement : Ending.values()) {
            outcomes.put(settlement.name().toLowerCase(Locale.ROOT), 0L);
        }
        for (RequestState request : state.requests()) {
            Ending settlement = request.settlement();
            outcomes.merge(settlement == null ? "open" : settlement.name().toLowerCase(Locale.ROOT), 1L, Long::sum);
        }
        families.add(MetricFamily.by(
                "outcome", "qroar_trials", Type.GAUGE, "Trials that studies asked for, by how they ended.", outcomes));
        families.add(MetricFamily.gauge(
                "qroar_queue_length",
                "Trials that wait for a worker.",
                state.queued().size()));
        families.add(MetricFamily.gauge(
                "qroar_trials_under_way",
                "Trials that a worker runs.",
                state.leased().size()));
    }

    private static void addWork(List<MetricFamily> families, RunView seen) {
        long retries = 0;
        long forwardTokens = 0;
        long busyMillis = 0;
        for (TrialState trial : seen.state().trials()) {
            retries += Math.max(0, trial.attempts() - 1);
            forwardTokens += TrialRows.forwardTokens(trial);
            busyMillis += trial.busyMillis();
        }
        families.add(MetricFamily.counter(
                "qroar_windows_measured_total",
                "Windows made durable since this process began.",
                seen.measuredWindows()));
        families.add(MetricFamily.counter(
                "qroar_tokens_scored_total", "Scored tokens in those windows.", seen.measuredTokens()));
        families.add(MetricFamily.counter(
                "qroar_forward_tokens_total",
                "Tokens that went through a model for the windows of the whole run.",
                forwardTokens));
        families.add(MetricFamily.counter(
                "qroar_attempts_repeated_total", "Attempts of a trial after its first, in the whole run.", retries));
        families.add(MetricFamily.counter(
                "qroar_busy_seconds_total", "Time of workers under leases that ended.", busyMillis / 1e3));
        Map<String, Integer> workers = new TreeMap<>();
        for (WorkerProfile worker : seen.workers()) {
            workers.merge(worker.device(), 1, Integer::sum);
        }
        families.add(
                MetricFamily.by("device", "qroar_workers", Type.GAUGE, "Workers enlisted now, by device.", workers));
    }

    private void addCache(List<MetricFamily> families) {
        TrialCache.Counters counters = cache.counters();
        Map<String, Long> answers = new LinkedHashMap<>();
        answers.put("hit", counters.hits());
        answers.put("miss", counters.misses());
        families.add(MetricFamily.by(
                "answer",
                "qroar_trial_cache_lookups_total",
                Type.COUNTER,
                "Questions to the cache of earlier trials.",
                answers));
        families.add(MetricFamily.counter(
                "qroar_trial_cache_stored_total", "Trials written to the cache.", counters.stored()));
        families.add(MetricFamily.counter(
                "qroar_trial_cache_evicted_total", "Trials that had to leave the cache.", counters.evicted()));
        families.add(MetricFamily.counter(
                "qroar_trial_cache_damaged_total", "Entries found unusable and moved aside.", counters.damaged()));
    }

    private static Map<String, String> labels(String first, String value, String second, String other) {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put(first, value);
        labels.put(second, other);
        return labels;
    }
}
