package qroar.orchestrator.app.input;

import qroar.workers.memory.MemoryPlan;

/**
 * Where weights are to rest and in which order passes are to go, which changes no figure; words as a person gave them.
 *
 * @param placement or {@link #AUTO} for the fastest that fits; so is {@code order}
 */
public record PlacementSettings(String placement, String order) {
    /** The word for whatever fits. */
    public static final String AUTO = MemoryPlan.Wish.AUTO_WORD;

    /** Weights and passes as they fit. */
    public static final PlacementSettings AS_FITS = new PlacementSettings(AUTO, AUTO);

    /** @throws qroar.protocol.BadInput naming the words that are understood */
    public MemoryPlan.Wish wish() {
        return MemoryPlan.Wish.ofWords(placement, order);
    }
}
