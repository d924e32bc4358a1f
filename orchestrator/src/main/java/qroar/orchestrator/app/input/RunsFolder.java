package qroar.orchestrator.app.input;

import java.nio.file.Path;
import qroar.workers.export.QuantizedModels;

/** The folder of all runs, and what they share in it. Nothing is made before it is used. */
public record RunsFolder(Path path) {
    /** Where digests of large checkpoints are remembered. */
    public Path digests() {
        return path.resolve("cache/digests");
    }

    /** Where calibrated models are kept. */
    public Path models() {
        return path.resolve("cache/models");
    }

    /**
     * The calibrated models that are there, and those that will be.
     *
     * @param bytes most that they may take
     */
    public QuantizedModels keptModels(long bytes) {
        return new QuantizedModels(models(), bytes);
    }

    /** Where results of trials are kept. */
    public Path trials() {
        return path.resolve("cache/trials");
    }
}
