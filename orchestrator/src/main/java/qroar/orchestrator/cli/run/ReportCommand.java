package qroar.orchestrator.cli.run;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import qroar.orchestrator.app.result.ReportPage;
import qroar.orchestrator.app.result.TakeAway;
import qroar.orchestrator.cli.option.RunsOption;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.Output;

/** {@code qroar report}: writes the report of a run anew, or a comparison of several. */
@Command(
        name = "report",
        description = "Writes the report of a run anew from its result.json, or one page that compares several runs.",
        mixinStandardHelpOptions = true)
public final class ReportCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "RUN",
            arity = "1..*",
            description = "run directories, or the starts of their names within --runs")
    private List<String> names = List.of();

    @Mixin
    private RunsOption runs = new RunsOption();

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "where the page goes (default: the run's report.html; for several runs comparison.html)")
    private @Nullable Path out;

    @Option(
            names = "--files",
            paramLabel = "DIR",
            description = "also every figure as SVG and every table as CSV and LaTeX")
    private @Nullable Path files;

    @Option(
            names = "--tensorboard",
            paramLabel = "DIR",
            description = "also event files of TensorBoard, a folder per run and study")
    private @Nullable Path tensorBoard;

    @Option(
            names = "--mlflow",
            paramLabel = "DIR",
            description = "also MLflow's file store: an experiment per run, a run per study")
    private @Nullable Path mlflow;

    @Option(names = "--json", description = "print where the page is as JSON")
    private boolean json;

    @Override
    public Integer call() {
        ReportPage.Written written =
                ReportPage.write(runs.folder(), names, out, new TakeAway(files, tensorBoard, mlflow));
        Path page = written.page();
        if (json) {
            Map<String, Object> places = new LinkedHashMap<>();
            put(places, "report", page);
            put(places, "files", files);
            put(places, "tensorBoard", tensorBoard);
            put(places, "mlflow", mlflow);
            System.out.println(Output.json(places));
        } else {
            System.out.println("report: " + page);
            written.others().forEach(System.out::println);
        }
        return ExitCode.DONE.code();
    }

    private static void put(Map<String, Object> places, String key, @Nullable Path place) {
        if (place != null) {
            places.put(key, place.toAbsolutePath().normalize().toString());
        }
    }
}
