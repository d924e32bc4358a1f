package qroar.orchestrator.cli.option;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where runs live. */
public final class RunsOption {
    @Option(
            names = "--runs",
            paramLabel = "DIR",
            defaultValue = "runs",
            description = "folder of all runs and their caches (default ${DEFAULT-VALUE})")
    private Path folder = Path.of("runs");

    public Path folder() {
        return folder;
    }

    /** Where digests of large checkpoints are remembered. */
    public Path digests() {
        return folder.resolve("cache/digests");
    }

    /** Where calibrated models are kept. */
    public Path models() {
        return folder.resolve("cache/models");
    }
}
