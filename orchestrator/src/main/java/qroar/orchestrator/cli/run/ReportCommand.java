package qroar.orchestrator.cli.run;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import qroar.orchestrator.cli.option.RunsOption;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.Output;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.protocol.BadInput;
import qroar.reports.ReportWriter;
import qroar.reports.ResultFile;
import qroar.reports.model.RunReport;

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

    @Option(names = "--json", description = "print where the page is as JSON")
    private boolean json;

    @Override
    public Integer call() {
        List<RunDirectory> directories = names.stream()
                .map(name -> RunDirectory.find(runs.folder(), name))
                .toList();
        List<RunReport> reports = new ArrayList<>();
        for (RunDirectory directory : directories) {
            if (!java.nio.file.Files.exists(directory.result())) {
                throw new BadInput("run " + directory.name() + " has no result.json yet");
            }
            reports.add(ResultFile.read(directory.result()));
        }
        boolean one = reports.size() == 1;
        Path page = out != null ? out : one ? directories.get(0).report() : Path.of("comparison.html");
        if (one) {
            show(directories, () -> ReportWriter.writePage(page, reports.get(0)));
        } else {
            show(directories, () -> ReportWriter.writeComparison(page, reports));
        }
        if (json) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("report", page.toAbsolutePath().normalize().toString());
            System.out.println(Output.json(result));
        } else {
            System.out.println("report: " + page);
        }
        return ExitCode.DONE.code();
    }

    /** What we wrote can be drawn; values that cannot were put there by somebody else. */
    private static void show(List<RunDirectory> directories, Runnable page) {
        try {
            page.run();
        } catch (UncheckedIOException e) {
            throw e;
        } catch (RuntimeException e) {
            String files = directories.stream()
                    .map(directory -> directory.result().toString())
                    .collect(Collectors.joining(", "));
            throw new BadInput(files + ": has values that cannot be drawn: " + e.getMessage(), e);
        }
    }
}
