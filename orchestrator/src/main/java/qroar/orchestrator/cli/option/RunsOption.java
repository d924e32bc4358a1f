package qroar.orchestrator.cli.option;

import java.nio.file.Path;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.input.RunsFolder;

/** Where runs live. */
public final class RunsOption {
    @Option(
            names = "--runs",
            paramLabel = "DIR",
            defaultValue = "runs",
            description = "folder of all runs and their caches (default ${DEFAULT-VALUE})")
    private Path folder = Path.of("runs");

    public RunsFolder folder() {
        return new RunsFolder(folder);
    }
}
