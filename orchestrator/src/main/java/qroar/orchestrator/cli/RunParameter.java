package qroar.orchestrator.cli;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import qroar.orchestrator.cli.session.ExperimentInput;
import qroar.orchestrator.rundirectory.RunDirectory;

/** One run that is there already. */
final class RunParameter {
    @Parameters(paramLabel = "RUN", description = "run directory, or the start of its name within --runs")
    private String run = "";

    @Mixin
    private RunsOption runs = new RunsOption();

    RunsOption runs() {
        return runs;
    }

    RunDirectory directory() {
        return RunDirectory.find(runs.folder(), run);
    }

    /** The experiment that it was begun with, and what that names. */
    ExperimentInput read(RunDirectory directory) {
        return ExperimentInput.read(directory.experiment(), runs.digests());
    }
}
