package qroar.orchestrator.cli.option;

import picocli.CommandLine.Option;
import qroar.workers.memory.MemoryPlan;

/** Where weights rest and in which order passes go; whatever is chosen changes no figure. */
public final class PlacementOptions {
    @Option(
            names = "--placement",
            paramLabel = "PLACE",
            defaultValue = MemoryPlan.Wish.AUTO_WORD,
            description = "where weights rest, which changes no figure: auto (default: the fastest that fits), widened"
                    + " (float32 in memory), stored (in memory as they are stored, 16-bit ones in 16 bits) or mapped (in"
                    + " the checkpoint's files, read layer by layer: a model larger than the memory runs)")
    private String placement = MemoryPlan.Wish.AUTO_WORD;

    @Option(
            names = "--order",
            paramLabel = "ORDER",
            defaultValue = MemoryPlan.Wish.AUTO_WORD,
            description =
                    "which changes no figure either: auto (default: document while keys and values of all layers"
                            + " fit), document (chunk by chunk through all layers) or layer (layer by layer through all chunks)")
    private String order = MemoryPlan.Wish.AUTO_WORD;

    /** @throws qroar.protocol.BadInput naming the words that are understood */
    public MemoryPlan.Wish wish() {
        return MemoryPlan.Wish.ofWords(placement, order);
    }
}
