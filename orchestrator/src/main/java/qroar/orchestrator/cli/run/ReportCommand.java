package qroar.orchestrator.cli.run;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import qroar.orchestrator.app.result.ReportPage;
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

    @Option(names = "--json", description = "print where the page is as JSON")
    private boolean json;

    @Override
    public Integer call() {
        Path page = ReportPage.write(runs.folder(), names, out);
        if (json) {
            System.out.println(Output.json(
                    Map.of("report", page.toAbsolutePath().normalize().toString())));
        } else {
            System.out.println("report: " + page);
        }
        return ExitCode.DONE.code();
    }
}
