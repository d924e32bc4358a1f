package qroar.orchestrator.cli.option;

import picocli.CommandLine.Option;
import qroar.orchestrator.app.input.PlacementSettings;

/** Where weights rest and in which order passes go; whatever is chosen changes no figure. */
public final class PlacementOptions {
    @Option(
            names = "--placement",
            paramLabel = "PLACE",
            defaultValue = PlacementSettings.AUTO,
            description = "where weights rest, which changes no figure: auto (default: the fastest that fits), widened"
                    + " (float32 in memory), stored (in memory as they are stored, 16-bit ones in 16 bits) or mapped (in"
                    + " the checkpoint's files, read layer by layer: a model larger than the memory runs)")
    private String placement = PlacementSettings.AUTO;

    @Option(
            names = "--order",
            paramLabel = "ORDER",
            defaultValue = PlacementSettings.AUTO,
            description =
                    "which changes no figure either: auto (default: document while keys and values of all layers"
                            + " fit), document (chunk by chunk through all layers) or layer (layer by layer through all chunks)")
    private String order = PlacementSettings.AUTO;

    public PlacementSettings settings() {
        return new PlacementSettings(placement, order);
    }
}
