package qroar.orchestrator.cli.option;

import picocli.CommandLine.Option;
import qroar.orchestrator.app.input.ByteSize;

/** How much disk calibrated models may take. */
public final class ModelCacheOption {
    @Option(
            names = "--model-cache",
            paramLabel = "SIZE",
            converter = ByteSizeConverter.class,
            description = "disk for calibrated models under --runs; beyond it the least recently used ones that no"
                    + " process reads go (default 100G)")
    private ByteSize size = ByteSize.parse("100G");

    /** Most that they may take. */
    public long bytes() {
        return size.bytes();
    }
}
