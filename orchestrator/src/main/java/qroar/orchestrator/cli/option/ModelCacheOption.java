package qroar.orchestrator.cli.option;

import java.nio.file.Path;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.input.ByteSize;
import qroar.workers.export.QuantizedModels;

/** How much disk calibrated models may take. */
public final class ModelCacheOption {
    @Option(
            names = "--model-cache",
            paramLabel = "SIZE",
            converter = ByteSizeConverter.class,
            description = "disk for calibrated models under --runs; beyond it the least recently used ones that no"
                    + " process reads go (default 100G)")
    private ByteSize size = ByteSize.parse("100G");

    /** The models in a folder, which is made when the first is kept. */
    public QuantizedModels open(Path folder) {
        return new QuantizedModels(folder, size.bytes());
    }

    public long bytes() {
        return size.bytes();
    }
}
