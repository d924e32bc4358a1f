package qroar.orchestrator.cli.session;

import qroar.workers.measure.LocalCatalog;
import qroar.workers.measure.ModelShelf;
import qroar.workers.model.DecoderModel;
import qroar.workers.torch.TorchDevice;

/** Makes the shelf of a device: how models get there and how much room they have. */
final class ModelLoading {
    /** Share of a device's memory that idle models may fill; the rest is for passes and for others. */
    private static final double SHELF_SHARE = 0.5;

    private final LocalCatalog catalog;

    ModelLoading(LocalCatalog catalog) {
        this.catalog = catalog;
    }

    ModelShelf<DecoderModel> shelf(TorchDevice device) {
        return new ModelShelf<>(
                key -> DecoderModel.load(
                        catalog.checkpoint(key.checkpointDigest()),
                        device,
                        key.quantization(),
                        catalog.sequences(key.calibration())),
                key -> catalog.checkpoint(key.checkpointDigest()).parameterCount() * Float.BYTES,
                (long) (SHELF_SHARE * DeviceMemory.bytes(device)));
    }
}
