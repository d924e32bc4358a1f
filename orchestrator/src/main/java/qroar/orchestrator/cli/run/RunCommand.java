package qroar.orchestrator.cli.run;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.run.RunSettings;
import qroar.orchestrator.app.worker.WorkerSettings;
import qroar.orchestrator.cli.option.PlanOptions;
import qroar.orchestrator.cli.option.RunOptions;

/** {@code qroar run}: from an experiment file to a report; begins or resumes. */
@Command(
        name = "run",
        description = "Runs an experiment in this process and writes its report. Running the same experiment again"
                + " resumes it; a finished one is only printed. Ends with 1 when trials failed; the report is written all"
                + " the same.",
        mixinStandardHelpOptions = true)
public final class RunCommand implements Callable<Integer> {
    @Mixin
    private ExperimentParameters experiment = new ExperimentParameters();

    @Mixin
    private RunOptions options = new RunOptions(WorkerSettings.Role.WHOLE_RUN);

    @Option(names = "--dry-run", description = "say what the run will take, as qroar plan does, and do nothing")
    private boolean dryRun;

    @Override
    public Integer call() {
        RunSettings settings = options.settings();
        return dryRun
                ? PlanCommand.show(
                        experiment.file(),
                        experiment.overrides(),
                        new PlanOptions(),
                        settings.workers(),
                        settings.json())
                : settings.begin(experiment.file(), experiment.overrides())
                        .execute()
                        .code();
    }
}
