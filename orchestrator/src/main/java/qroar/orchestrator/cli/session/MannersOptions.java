package qroar.orchestrator.cli.session;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import qroar.protocol.BadInput;
import qroar.workers.export.QuantizedModels;

/** How a process behaves on a machine that others use as well. None of it changes a result. */
public final class MannersOptions {
    private static final int MOST_NICE = 19;

    @Option(
            names = "--nice",
            paramLabel = "N",
            description = "gives other programs precedence on the processors: 1 (a little) to 19")
    private @Nullable Integer nice;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            converter = ByteSize.Converter.class,
            description = "most memory that models and passes may take on each device, for instance 20G; left out, what"
                    + " is free")
    private @Nullable ByteSize memory;

    @Option(
            names = "--yield-above",
            paramLabel = "SIZE",
            converter = ByteSize.Converter.class,
            description = "let go of models and wait while other programs hold more than this of a device's memory;"
                    + " asked between documents")
    private @Nullable ByteSize yieldAbove;

    @Mixin
    private ModelCacheOption modelCache = new ModelCacheOption();

    void requireSensible() {
        if (nice != null && (nice < 1 || nice > MOST_NICE)) {
            throw new BadInput("--nice " + nice + " must lie between 1 and " + MOST_NICE);
        }
    }

    /** Before threads are started: they inherit it. */
    void lowerPriority() {
        if (nice != null) {
            Niceness.lowerTo(nice);
        }
    }

    /** Bytes that may be taken on each device, or {@code Long.MAX_VALUE}. */
    long memoryBytes() {
        return memory == null ? Long.MAX_VALUE : memory.bytes();
    }

    /** Bytes of others from which on a device is left to them, or {@code Long.MAX_VALUE}. */
    long yieldAboveBytes() {
        return yieldAbove == null ? Long.MAX_VALUE : yieldAbove.bytes();
    }

    /** The calibrated models in a folder. */
    QuantizedModels modelCache(Path folder) {
        return modelCache.open(folder);
    }
}
