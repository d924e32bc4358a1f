package qroar.orchestrator.cli.run;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import qroar.orchestrator.app.worker.WorkerSettings;
import qroar.orchestrator.cli.option.RunOptions;

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
        return options.settings().takeUp(run).execute().code();
    }
}
