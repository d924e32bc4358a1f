package qroar.orchestrator.app.bench;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import qroar.orchestrator.coordinator.CoordinatorCommand.RunView;
import qroar.orchestrator.coordinator.event.RunEventCatalog;
import qroar.orchestrator.coordinator.state.RunPlan;
import qroar.orchestrator.journal.JournalReader;

/**
 * The real coordinator, journal, cache and worker actors in this process, with trials that compute nothing: what
 * orchestration itself costs. Whatever a worker reports is durable before it may send the batch after the next.
 */
public final class OrchestrationBench {
    /** The first eighth, while classes are loaded and compiled and the studies planned, is not measured. */
    private static final int WARM_UP_SHARE = 8;
    /** A full collection and a look at the heap after each so many windows. */
    private static final int WINDOWS_PER_HEAP_SAMPLE = 50_000;

    private final Path directory;
    private final int workers;
    private final int trials;
    private final int windowsPerTrial;

    /**
     * @param directory empty, or the one that an earlier bench of the same size left its journal in
     * @param trials to run at least
     */
    public OrchestrationBench(Path directory, int workers, int trials, int windowsPerTrial) {
        this.directory = directory;
        this.workers = workers;
        this.trials = trials;
        this.windowsPerTrial = windowsPerTrial;
    }

    /**
     * How a run is taken up again.
     *
     * @param events in the journal afterwards
     * @param seconds from the creation of the actor system to the first trial that a worker begins
     * @param cpuSeconds of the whole process over the same time
     */
    public record Resumption(long events, double seconds, double cpuSeconds) {}

    /** Runs at least that many trials and stops, with work left. */
    public Stretch run() {
        try (NoOpRun run = open(NoOpStudies.plan(trials, windowsPerTrial))) {
            long warm = workers + (long) trials / WARM_UP_SHARE;
            run.await(() -> run.trials() >= warm);
            long startHeap = heapAfterCollection();
            long peak = startHeap;
            run.forgetIdleTimes();
            RunView before = run.view();
            long doneBefore = complete(before);
            long cpu = cpuNanos();
            long begun = System.nanoTime();
            long step = Math.max(1, WINDOWS_PER_HEAP_SAMPLE / windowsPerTrial);
            for (long until = warm + step; until < trials; until += step) {
                long target = until;
                run.await(() -> run.trials() >= target);
                peak = Math.max(peak, heapAfterCollection());
            }
            run.await(() -> run.trials() >= trials + workers);
            RunView after = run.stop();
            double wallSeconds = (System.nanoTime() - begun) / 1e9;
            double cpuSeconds = (cpuNanos() - cpu) / 1e9;
            long end = heapAfterCollection();
            // Asked of the view only now, so that it keeps the run's state alive until the heap is measured.
            return new Stretch(
                    complete(after) - doneBefore,
                    after.measuredWindows() - before.measuredWindows(),
                    wallSeconds,
                    cpuSeconds,
                    run.idleNanos(),
                    new Stretch.HeapCourse(startHeap, Math.max(peak, end), end));
        }
    }

    private static long complete(RunView view) {
        return view.state().trials().stream().filter(t -> t.isComplete()).count();
    }

    /** Takes the run up again until its first trial, and stops it. */
    public Resumption resume() {
        RunPlan plan = NoOpStudies.plan(trials, windowsPerTrial);
        double seconds;
        double cpuSeconds;
        long begun = System.nanoTime();
        long cpu = cpuNanos();
        try (NoOpRun run = open(plan)) {
            run.await(() -> run.begunAt() != 0);
            cpuSeconds = (cpuNanos() - cpu) / 1e9;
            seconds = (run.begunAt() - begun) / 1e9;
            run.stop();
        }
        // Counted afterwards: reading the journal before would warm up what is measured.
        return new Resumption(events(), seconds, cpuSeconds);
    }

    private NoOpRun open(RunPlan plan) {
        return new NoOpRun(plan, journal(), directory.resolve("cache"), workers);
    }

    private long events() {
        long[] count = {0};
        try (JournalReader journal = JournalReader.open(journal(), new RunEventCatalog().catalog())) {
            journal.forEachEvent(NoOpStudies.RUN, 0, recorded -> count[0]++);
        }
        return count[0];
    }

    private Path journal() {
        return directory.resolve("journal.sqlite");
    }

    private static long cpuNanos() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getProcessCpuTime()
                : 0;
    }

    private static long heapAfterCollection() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
