package qroar.orchestrator.cli.run;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import qroar.orchestrator.app.input.ExperimentInput;
import qroar.orchestrator.app.run.RecordedRun;
import qroar.orchestrator.app.worker.WorkerSettings;
import qroar.orchestrator.cli.option.RunOptions;
import qroar.orchestrator.rundirectory.RunDirectory;

/** {@code qroar resume}: takes up a run by its directory, if nothing that may change a number has changed. */
@Command(
        name = "resume",
        description = "Takes up an interrupted run. Refused when checkpoint, documents or settings are not what they"
                + " were.",
        mixinStandardHelpOptions = true)
public final class ResumeCommand implements Callable<Integer> {
    @Parameters(paramLabel = "RUN", description = "run directory, or the start of its name within --runs")
    private String run = "";

    @Mixin
    private RunOptions options = new RunOptions(WorkerSettings.Role.WHOLE_RUN);

    @Override
    public Integer call() {
        options.requireSensible();
        RunDirectory directory = options.keepingJournal(RunDirectory.find(options.runs(), run));
        ExperimentInput input = options.read(directory);
        RecordedRun.requireSame(directory, input);
        return options.execution(input, directory).execute().code();
    }
}
