package qroar.workers.measure;

import java.util.List;
import java.util.function.BooleanSupplier;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.DocumentPass;
import qroar.workers.model.LayerwisePass;
import qroar.workers.model.PassPlan;

/** How a document's reading begins: {@link DocumentPass#open}, or a test's that takes memory away. Thread-safe. */
@FunctionalInterface
public interface PassOpening {
    /** @param cancelled asked between blocks */
    DocumentPass open(DecoderModel model, PassPlan plan, BooleanSupplier cancelled);

    /** The same for documents that are read together, layer by layer; see {@link LayerwisePass#read}. */
    default List<LayerwisePass.Reading> read(
            DecoderModel model, List<LayerwisePass.Text> texts, BooleanSupplier cancelled) {
        return LayerwisePass.read(model, texts, cancelled);
    }
}
