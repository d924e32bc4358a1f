package qroar.orchestrator.cli.bench;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import qroar.orchestrator.coordinator.CoordinatorCommand.RunView;
import qroar.orchestrator.coordinator.RunEventCatalog;
import qroar.orchestrator.coordinator.RunPlan;
import qroar.orchestrator.journal.JournalReader;

/**
 * The real coordinator, journal, cache and worker actors in this process, with trials that compute nothing: what
 * orchestration itself costs. Whatever a worker reports is durable before it may send the batch after the next.
 */
public final class OrchestrationBench {
    private static final int HEAP_SAMPLES = 16;

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
     * @param events in the journal
     * @param seconds from the creation of the actor system to the first trial that a worker begins
     */
    public record Resumption(long events, double seconds) {}

    /** Runs at least that many trials and stops, with work left. */
    public Stretch run() {
        try (NoOpRun run = open()) {
            run.await(() -> run.begunAt() != 0);
            long cpu = cpuNanos();
            long start = heapAfterCollection();
            long peak = start;
            for (int sample = 1; sample <= HEAP_SAMPLES; sample++) {
                long until = workers + (long) trials * sample / HEAP_SAMPLES;
                run.await(() -> run.trials() >= until);
                peak = Math.max(peak, heapAfterCollection());
            }
            RunView view = run.stop();
            double wallSeconds = (System.nanoTime() - run.begunAt()) / 1e9;
            double cpuSeconds = (cpuNanos() - cpu) / 1e9;
            long end = heapAfterCollection();
            // Asked of the view only now, so that it keeps the run's state alive until the heap is measured.
            long done =
                    view.state().trials().stream().filter(t -> t.isComplete()).count();
            return new Stretch(
                    done,
                    view.measuredWindows(),
                    wallSeconds,
                    cpuSeconds,
                    run.idleNanos(),
                    new Stretch.HeapCourse(start, Math.max(peak, end), end));
        }
    }

    /** Takes the run up again until its first trial, and stops it. */
    public Resumption resume() {
        long events = events();
        long begun = System.nanoTime();
        try (NoOpRun run = open()) {
            run.await(() -> run.begunAt() != 0);
            double seconds = (run.begunAt() - begun) / 1e9;
            run.stop();
            return new Resumption(events, seconds);
        }
    }

    private NoOpRun open() {
        RunPlan plan = NoOpStudies.plan(trials, windowsPerTrial);
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
