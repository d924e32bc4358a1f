package qroar.orchestrator.app.worker;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.app.input.PlacementSettings;
import qroar.orchestrator.app.process.Niceness;
import qroar.protocol.BadInput;
import qroar.workers.export.QuantizedModels;
import qroar.workers.memory.MemoryPlan;

/**
 * How a process behaves on a machine that others use as well. None of it changes a result.
 *
 * @param nice 1 (a little) to 19, or null to leave the priority as it is
 * @param memoryBytes most that models and passes may take on each device; {@code Long.MAX_VALUE} for what is free
 * @param yieldAboveBytes memory of others from which on a device is left to them; {@code Long.MAX_VALUE} for never
 * @param modelCacheBytes disk for quantized models
 * @param placement of weights, and order of passes
 */
public record Manners(
        @Nullable Integer nice,
        long memoryBytes,
        long yieldAboveBytes,
        long modelCacheBytes,
        PlacementSettings placement) {
    private static final int MOST_NICE = 19;

    /** With weights and passes as they fit. */
    public Manners(@Nullable Integer nice, long memoryBytes, long yieldAboveBytes, long modelCacheBytes) {
        this(nice, memoryBytes, yieldAboveBytes, modelCacheBytes, PlacementSettings.AS_FITS);
    }

    /** @throws BadInput naming what is understood */
    MemoryPlan.Wish wish() {
        return placement.wish();
    }

    /** @throws BadInput naming the option */
    void requireSensible() {
        placement.wish();
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

    /** The quantized models in a folder. */
    QuantizedModels modelCache(Path folder) {
        return new QuantizedModels(folder, modelCacheBytes);
    }
}
