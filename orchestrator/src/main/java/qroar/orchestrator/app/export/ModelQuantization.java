package qroar.orchestrator.app.export;

import java.nio.file.Path;
import java.util.Arrays;
import qroar.orchestrator.app.input.DocumentReader;
import qroar.orchestrator.app.model.CalibrationSource;
import qroar.orchestrator.app.model.DeviceSettings;
import qroar.orchestrator.console.Notes;
import qroar.protocol.BadInput;
import qroar.protocol.quantization.NoQuantization;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.export.ExportFormat;
import qroar.workers.export.QuantizedExport;
import qroar.workers.memory.MemoryNeed;
import qroar.workers.quantize.RaggedGroups;
import qroar.workers.tensors.NonFinite;
import qroar.workers.torch.TorchDevice;

/**
 * A checkpoint quantized and written as one that other programs read.
 *
 * @param model checkpoint, left as it is
 * @param quantize a spec of what acts on weights
 * @param format of the written tensors
 * @param calibration of quantizers that need it
 * @param device that quantizes
 * @param out new or empty folder
 */
public record ModelQuantization(
        Path model,
        String quantize,
        FormatSettings format,
        CalibrationSource calibration,
        DeviceSettings device,
        Path out) {
    /**
     * What is done to the weights.
     *
     * @throws BadInput for a spec that cannot be written into weights, or leaves nothing to write
     */
    public QuantizationSpec spec() {
        QuantizationSpec spec = QuantizationText.parse(quantize);
        if (spec.activations() != null || spec.kvBits() != 0) {
            throw new BadInput(
                    "--quantize " + quantize
                            + ": act-bits and kv-bits act while a model runs and cannot be written into weights; give them to eval");
        }
        if (spec.weights() instanceof NoQuantization) {
            throw new BadInput("--quantize " + quantize + " leaves nothing to write");
        }
        return spec;
    }

    /**
     * Everything that can be refused is, before memory is taken or a file is written.
     *
     * @throws BadInput in one line
     * @throws qroar.orchestrator.console.NoDevice with the figures when the device has no room for it
     */
    public WrittenModel write() {
        QuantizationSpec spec = spec();
        Checkpoint checkpoint = Checkpoint.open(model);
        Notes notes = new Notes();
        notes.tell(checkpoint.notes());
        String ragged = RaggedGroups.note(checkpoint.config(), spec);
        if (ragged != null) {
            notes.tell(ragged);
        }
        ExportFormat written = format.choose(checkpoint, spec.weights(), notes);
        if (spec.weights().isCalibrated()) {
            refuseNonFinite(checkpoint);
        }
        try (DocumentReader reader = new DocumentReader(checkpoint)) {
            int[][] sequences = calibration.read(spec, reader);
            notes.tell(reader.notes());
            TorchDevice where = device.open();
            long calibrationTokens =
                    Arrays.stream(sequences).mapToLong(each -> each.length).sum();
            device.requireRoom(where, MemoryNeed.ofQuantizing(checkpoint, calibrationTokens));
            QuantizedExport.Report report =
                    QuantizedExport.write(checkpoint, spec.weights(), sequences, where, written, out);
            return WrittenModel.of(written, report, out, notes);
        }
    }

    /** Reads the weights once more than needed, which is little beside a calibration. */
    private void refuseNonFinite(Checkpoint checkpoint) {
        NonFinite found = checkpoint.content().nonFinite();
        if (found != null) {
            throw new BadInput(model + ": " + found + "; nothing can be calibrated with them");
        }
    }
}
