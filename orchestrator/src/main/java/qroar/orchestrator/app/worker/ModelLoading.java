package qroar.orchestrator.app.worker;

import java.util.concurrent.atomic.AtomicLong;
import qroar.experiments.study.Study;
import qroar.orchestrator.app.input.PrecisionChoice;
import qroar.orchestrator.console.Notes;
import qroar.protocol.trial.TrialSpec;
import qroar.workers.calibration.CalibrationSize;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.export.QuantizedModels;
import qroar.workers.measure.LocalCatalog;
import qroar.workers.measure.ModelKey;
import qroar.workers.measure.ModelShelf;
import qroar.workers.memory.MemoryGate;
import qroar.workers.memory.MemoryNeed;
import qroar.workers.model.DecoderModel;
import qroar.workers.placement.Residence;
import qroar.workers.torch.Arithmetic;
import qroar.workers.torch.TorchDevice;

/** Makes the shelf of a device: how models get there and how much room they have. */
final class ModelLoading {
    private final LocalCatalog catalog;
    private final QuantizedModels kept;
    private final AtomicLong loads = new AtomicLong();
    private final AtomicLong quantizations = new AtomicLong();
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
        DecoderModel model = DecoderModel.load(
                catalog.checkpoint(key.checkpointDigest()),
                device,
                key.quantization(),
                catalog.sequences(key.calibration()),
                kept,
                Residence.of(key.placement(), key.precision(), device));
        loads.incrementAndGet();
        if (!key.quantization().isNone()) {
            quantizations.incrementAndGet();
        }
        return model;
    }

    /** Models loaded so far, for whatever device. */
    long loads() {
        return loads.get();
    }

    /** Those with a quantizer. */
    long quantizations() {
        return quantizations.get();
    }

    /** @param maxBytes that idle models may fill */
    ModelShelf<DecoderModel> shelf(TorchDevice device, long maxBytes) {
        return new ModelShelf<>(key -> load(key, device), key -> restingBytes(key, device), maxBytes);
    }

    Checkpoint checkpoint(String digest) {
        return catalog.checkpoint(digest);
    }

    /** @throws qroar.workers.worker.NotHere with the figures, where a study's model would have to be calibrated and cannot be */
    void requireRoomToCalibrate(Study study, MemoryGate gate) {
        if (study.quantization().weights().isCalibrated()) {
            gate.requirePossible(MemoryNeed.ofQuantizing(
                    catalog.checkpoint(study.checkpointDigest()),
                    study.quantization().weights(),
                    new CalibrationSize(
                            study.calibration().sequences(), study.calibration().lengthTokens())));
        }
    }

    private long restingBytes(ModelKey key, TorchDevice device) {
        Checkpoint checkpoint = catalog.checkpoint(key.checkpointDigest());
        return MemoryNeed.of(checkpoint, 1, TrialSpec.Probe.LOSSES, Arithmetic.of(key.precision(), device), device)
                .resting(checkpoint, key.placement(), key.precision())
                .weights();
    }
}
