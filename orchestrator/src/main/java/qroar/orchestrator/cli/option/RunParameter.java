package qroar.orchestrator.cli.option;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import qroar.orchestrator.app.input.ExperimentInput;
import qroar.orchestrator.rundirectory.RunDirectory;

/** One run that is there already. */
public final class RunParameter {
    @Parameters(paramLabel = "RUN", description = "run directory, or the start of its name within --runs")
    private String run = "";

    @Mixin
    private RunsOption runs = new RunsOption();

    public RunsOption runs() {
        return runs;
    }

    public RunDirectory directory() {
        return RunDirectory.find(runs.folder(), run);
    }

    /** The experiment that it was begun with, and what that names. */
    public ExperimentInput read(RunDirectory directory) {
        return ExperimentInput.read(directory.experiment(), runs.digests());
    }
}
