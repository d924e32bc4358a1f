package qroar.orchestrator.cli.option;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.input.ByteSize;
import qroar.orchestrator.app.worker.Manners;

/** How a process behaves on a machine that others use as well. None of it changes a result. */
public final class MannersOptions {
    @Option(
            names = "--nice",
            paramLabel = "N",
            description = "gives other programs precedence on the processors: 1 (a little) to 19")
    private @Nullable Integer nice;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            converter = ByteSizeConverter.class,
            description = "most memory that models and passes may take on each device, for instance 20G; left out, what"
                    + " is free")
    private @Nullable ByteSize memory;

    @Option(
            names = "--yield-above",
            paramLabel = "SIZE",
            converter = ByteSizeConverter.class,
            description = "let go of models and wait while other programs hold more than this of a device's memory;"
                    + " asked between documents")
    private @Nullable ByteSize yieldAbove;

    @Mixin
    private PlacementOptions placement = new PlacementOptions();

    @Mixin
    private ModelCacheOption modelCache = new ModelCacheOption();

    public Manners settings() {
        return new Manners(
                nice,
                memory == null ? Long.MAX_VALUE : memory.bytes(),
                yieldAbove == null ? Long.MAX_VALUE : yieldAbove.bytes(),
                modelCache.bytes(),
                placement.settings());
    }
}
