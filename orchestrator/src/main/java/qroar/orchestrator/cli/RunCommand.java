package qroar.orchestrator.cli;

import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import qroar.orchestrator.cli.session.ExperimentInput;
import qroar.orchestrator.cli.session.RunExecution;
import qroar.orchestrator.cli.session.WorkerOptions;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.orchestrator.rundirectory.RunManifest;

/** {@code qroar run}: from an experiment file to a report; begins or resumes. */
@Command(
        name = "run",
        description = "Runs an experiment in this process and writes its report. Running the same experiment again"
                + " resumes it; a finished one is only printed.",
        mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
    @Parameters(paramLabel = "EXPERIMENT", description = "experiment file (YAML)")
    private Path experiment = Path.of("");

    @Mixin
    private RunsOption runs = new RunsOption();

    @Mixin
    private WorkerOptions workers = new WorkerOptions();

    @Option(names = "--json", description = "print the result as JSON instead of a table")
    private boolean json;

    @Option(names = "--no-progress", description = "no progress on standard error")
    private boolean noProgress;

    @Override
    public Integer call() {
        workers.requireSensible();
        ExperimentInput input = ExperimentInput.read(experiment, runs.folder().resolve("cache/digests"));
        RunDirectory directory = RunDirectory.open(
                runs.folder(),
                RunManifest.of(
                        input.definition().name(),
                        input.fingerprint().hex(),
                        input.fingerprint().fields(),
                        Instant.now()));
        return RunExecution.of(input, directory, runs.folder(), workers)
                .withOutput(json, noProgress)
                .execute()
                .code();
    }
}
