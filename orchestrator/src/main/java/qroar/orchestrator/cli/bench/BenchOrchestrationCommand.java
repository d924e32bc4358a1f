package qroar.orchestrator.cli.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.bench.OrchestrationBench;
import qroar.orchestrator.app.bench.OrchestrationBench.Resumption;
import qroar.orchestrator.app.bench.Stretch;
import qroar.orchestrator.console.Columns;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.Output;
import qroar.protocol.BadInput;

/** {@code qroar bench orchestration}: what coordinator, journal and actors cost. */
@Command(
        name = "orchestration",
        description = {
            "Runs the real coordinator, journal and workers with trials that compute nothing. First trials of one window:"
                    + " trials per second and per cpu-second, what workers wait between trials, how fast that journal is taken"
                    + " up again. Then trials of 512 windows: durable window reports per second, and the heap after full"
                    + " collections."
        },
        mixinStandardHelpOptions = true)
public final class BenchOrchestrationCommand implements Callable<Integer> {
    private static final int WINDOWS_PER_TRIAL = 512;

    @Option(
            names = "--trials",
            paramLabel = "N",
            defaultValue = "20000",
            description = "trials of one window (default ${DEFAULT-VALUE}, a journal of 100,000 events)")
    private int trials;

    @Option(
            names = "--windows",
            paramLabel = "W",
            defaultValue = "1000000",
            description = "windows of the second part; 0 leaves it out (default ${DEFAULT-VALUE})")
    private int windows;

    @Option(
            names = "--workers",
            paramLabel = "N",
            defaultValue = "2",
            description = "workers, all in this process (default ${DEFAULT-VALUE})")
    private int workers;

    @Option(
            names = "--directory",
            paramLabel = "DIR",
            description = "where journals are written: the disk matters (default: the folder for temporary files)")
    private Path directory = Path.of(System.getProperty("java.io.tmpdir"));

    @Option(
            names = "--keep",
            paramLabel = "DIR",
            description = "keep the first part's journal in this new folder, for --resume")
    private @Nullable Path keep;

    @Option(
            names = "--resume",
            paramLabel = "DIR",
            description =
                    "only take up the journal that --keep left, given the same --trials: what a new process needs")
    private @Nullable Path resume;

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        if (trials < 1 || workers < 1 || windows < 0 || windows > 0 && windows < WINDOWS_PER_TRIAL) {
            throw new BadInput("--trials " + trials + " and --workers " + workers + " must be at least 1, --windows "
                    + windows + " at least " + WINDOWS_PER_TRIAL + " or 0");
        }
        Map<String, Object> figures = new LinkedHashMap<>();
        if (resume != null) {
            if (!Files.isDirectory(resume)) {
                throw new BadInput("--resume " + resume + ": there is no such folder");
            }
            add(figures, new OrchestrationBench(resume, workers, trials, 1).resume());
        } else {
            measureTrials(figures);
            if (windows > 0) {
                measureWindows(figures);
            }
        }
        print(figures);
        return ExitCode.DONE.code();
    }

    private void measureTrials(Map<String, Object> figures) throws IOException {
        Path folder = keep == null ? Files.createTempDirectory(directory, "qroar-bench") : Files.createDirectory(keep);
        try {
            OrchestrationBench bench = new OrchestrationBench(folder, workers, trials, 1);
            Stretch stretch = bench.run();
            figures.put("workers", workers);
            figures.put("trials", stretch.trials());
            figures.put("cpuSeconds", stretch.cpuSeconds());
            figures.put("trialsPerSecond", stretch.trialsPerSecond());
            figures.put("trialsPerCpuSecond", stretch.trialsPerCpuSecond());
            figures.put("idleMeanMillis", stretch.meanIdleMillis());
            figures.put("idleMedianMillis", stretch.idleMillis(0.5));
            figures.put("idleP99Millis", stretch.idleMillis(0.99));
            add(figures, bench.resume());
        } finally {
            if (keep == null) {
                delete(folder);
            }
        }
    }

    private static void add(Map<String, Object> figures, Resumption resumption) {
        figures.put("resumedEvents", resumption.events());
        figures.put("resumeSeconds", resumption.seconds());
        figures.put("resumeCpuSeconds", resumption.cpuSeconds());
    }

    private void measureWindows(Map<String, Object> figures) throws IOException {
        Path folder = Files.createTempDirectory(directory, "qroar-bench");
        try {
            Stretch stretch =
                    new OrchestrationBench(folder, workers, windows / WINDOWS_PER_TRIAL, WINDOWS_PER_TRIAL).run();
            figures.put("windows", stretch.windows());
            figures.put("windowsPerSecond", stretch.windowsPerSecond());
            figures.put("windowsPerCpuSecond", stretch.windows() / stretch.cpuSeconds());
            figures.put("heapStartMebibytes", mebibytes(stretch.heap().startBytes()));
            figures.put("heapPeakMebibytes", mebibytes(stretch.heap().peakBytes()));
            figures.put("heapEndMebibytes", mebibytes(stretch.heap().endBytes()));
        } finally {
            delete(folder);
        }
    }

    private static double mebibytes(long bytes) {
        return bytes / (double) (1 << 20);
    }

    private void print(Map<String, Object> figures) {
        if (json) {
            System.out.println(Output.json(figures));
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        figures.forEach((name, value) -> rows.add(
                List.of(name, value instanceof Double number ? Output.fixed(number, 2) : String.valueOf(value))));
        Columns.of(rows).forEach(System.out::println);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> inside = Files.walk(folder)) {
            inside.sorted(Comparator.reverseOrder()).forEach(path -> {
                try {
                    Files.delete(path);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
