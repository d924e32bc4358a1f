package qroar.orchestrator.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import qroar.experiments.study.Fingerprint;
import qroar.orchestrator.cli.session.ExperimentInput;
import qroar.orchestrator.cli.session.RunExecution;
import qroar.orchestrator.cli.session.WorkerOptions;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.protocol.BadInput;

/** {@code qroar resume}: takes up a run by its directory, if nothing that may change a number has changed. */
@Command(
        name = "resume",
        description = "Takes up an interrupted run. Refused when checkpoint, documents or settings are not what they"
                + " were.",
        mixinStandardHelpOptions = true)
final class ResumeCommand implements Callable<Integer> {
    @Parameters(paramLabel = "RUN", description = "run directory, or the start of its name within --runs")
    private String run = "";

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
        RunDirectory directory = RunDirectory.find(runs.folder(), run);
        ExperimentInput input =
                ExperimentInput.read(directory.experiment(), runs.folder().resolve("cache/digests"));
        Fingerprint then = new Fingerprint(directory.manifest().fields());
        List<String> differences = input.fingerprint().differences(then);
        if (!differences.isEmpty()) {
            String more = differences.size() == 1 ? "" : " (and " + (differences.size() - 1) + " more)";
            throw new BadInput("run " + directory.name() + " cannot be resumed, for it was begun with another "
                    + differences.get(0) + more);
        }
        return RunExecution.of(input, directory, runs.folder(), workers)
                .withOutput(json, noProgress)
                .execute()
                .code();
    }
}
