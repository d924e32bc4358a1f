package qroar.orchestrator.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import qroar.experiments.study.Fingerprint;
import qroar.orchestrator.cli.session.ExperimentInput;
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
    private RunOptions options = new RunOptions(WorkerOptions.Role.WHOLE_RUN);

    @Override
    public Integer call() {
        options.requireSensible();
        RunDirectory directory = options.keepingJournal(RunDirectory.find(options.runs(), run));
        ExperimentInput input = options.read(directory.experiment());
        Fingerprint then = new Fingerprint(directory.manifest().fields());
        List<String> differences = input.fingerprint().differences(then);
        if (!differences.isEmpty()) {
            String more = differences.size() == 1 ? "" : " (and " + (differences.size() - 1) + " more)";
            throw new BadInput("run " + directory.name() + " cannot be resumed, for it was begun with another "
                    + differences.get(0) + more);
        }
        return options.execution(input, directory).execute().code();
    }
}
