package qroar.orchestrator.app.model;

import qroar.workers.model.DecoderModel;
import qroar.workers.placement.ReadingPlan;

/**
 * A model that fits into memory, and the order of passes in which it does.
 *
 * @param model belongs to whoever loaded it
 * @param reading for every pass over it
 */
public record LoadedModel(DecoderModel model, ReadingPlan reading) implements AutoCloseable {
    @Override
    public void close() {
        model.close();
    }
}
