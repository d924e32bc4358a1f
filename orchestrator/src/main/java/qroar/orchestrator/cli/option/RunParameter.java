package qroar.orchestrator.cli.option;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import qroar.orchestrator.app.input.RunsFolder;
import qroar.orchestrator.app.run.RecordedRun;

/** One run that is there already. */
public final class RunParameter {
    @Parameters(paramLabel = "RUN", description = "run directory, or the start of its name within --runs")
    private String run = "";

    @Mixin
    private RunsOption runs = new RunsOption();

    public RunsFolder runs() {
        return runs.folder();
    }

    /** As it was given. */
    public String name() {
        return run;
    }

    /** @throws qroar.protocol.BadInput where there is none, or what its experiment names is gone */
    public RecordedRun find() {
        return RecordedRun.find(runs.folder(), run);
    }
}
