package qroar.orchestrator.app.worker;

import qroar.orchestrator.app.input.PrecisionChoice;
import qroar.orchestrator.console.Notes;
import qroar.workers.export.QuantizedModels;
import qroar.workers.measure.LocalCatalog;
import qroar.workers.measure.ModelKey;
import qroar.workers.measure.ModelShelf;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.Placement;
import qroar.workers.model.Residence;
import qroar.workers.torch.TorchDevice;

/** Makes the shelf of a device: how models get there and how much room they have. */
final class ModelLoading {
    private final LocalCatalog catalog;

    private final QuantizedModels kept;
    private final Notes notes = new Notes();

    /** @param kept where calibrated models stay between runs */
    ModelLoading(LocalCatalog catalog, QuantizedModels kept) {
        this.catalog = catalog;
        this.kept = kept;
    }

    /** Calibrated models on disk. */
    QuantizedModels kept() {
        return kept;
    }

    private DecoderModel load(ModelKey key, TorchDevice device) {
        String slower = PrecisionChoice.note(key.precision(), device);
        if (slower != null) {
            notes.tell(slower);
        }
        return DecoderModel.load(
                catalog.checkpoint(key.checkpointDigest()),
                device,
                key.quantization(),
                catalog.sequences(key.calibration()),
                kept,
                Residence.of(Placement.WIDENED, key.precision(), device));
    }

    /** @param maxBytes that idle models may fill */
    ModelShelf<DecoderModel> shelf(TorchDevice device, long maxBytes) {
        return new ModelShelf<>(
                key -> load(key, device),
                key -> catalog.checkpoint(key.checkpointDigest()).parameterCount()
                        * key.precision().bytes(),
                maxBytes);
    }
}
