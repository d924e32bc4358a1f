package qroar.orchestrator.cli.run;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import qroar.orchestrator.app.status.RunStatus;
import qroar.orchestrator.cli.option.RunsOption;
import qroar.orchestrator.console.Columns;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.Output;
import qroar.protocol.OneLine;

/** {@code qroar status}: how a run stands, alive or dead, without disturbing it. */
@Command(
        name = "status",
        description =
                "How a run stands, read from what it wrote; a run under way is not disturbed: per cent, best gain so"
                        + " far, time left and devices of each of its studies, or of all runs.",
        mixinStandardHelpOptions = true)
public final class StatusCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "RUN",
            arity = "0..1",
            description = "run directory, or the start of its name within --runs; left out, all runs")
    private @Nullable String run;

    @Mixin
    private RunsOption runs = new RunsOption();

    @Option(names = "--json", description = "print JSON: the counts of the journal")
    private boolean json;

    @Option(
            names = "--check",
            description = "look at every event and snapshot of the journal instead; exit code 1 when one is damaged")
    private boolean check;

    @Override
    public Integer call() {
        RunStatus.Look look = check ? RunStatus.Look.SOUNDNESS : RunStatus.Look.PROGRESS;
        List<RunStatus> all =
                run == null ? RunStatus.ofAll(runs.folder(), look) : List.of(RunStatus.of(runs.folder(), run, look));
        print(all);
        return (all.stream().anyMatch(RunStatus::isDamaged) ? ExitCode.FAILED : ExitCode.DONE).code();
    }

    private void print(List<RunStatus> all) {
        if (json) {
            List<Map<String, @Nullable Object>> figures =
                    all.stream().map(RunStatus::figures).toList();
            System.out.println(Output.json(run == null ? figures : figures.get(0)));
        } else if (all.isEmpty()) {
            System.out.println("no runs in " + runs.folder().path());
        } else if (check) {
            for (RunStatus each : all) {
                each.figures()
                        .forEach((key, value) -> System.out.println(
                                Columns.pad(key, 16) + (value == null ? "-" : OneLine.of(value.toString()))));
                System.out.println();
            }
        } else {
            List<String> lines = run == null ? RunStatus.lines(all) : all.get(0).lines(runs.folder(), run);
            lines.forEach(line -> System.out.println(OneLine.of(line)));
        }
    }
}
