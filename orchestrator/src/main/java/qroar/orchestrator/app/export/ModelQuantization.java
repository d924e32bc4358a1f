package qroar.orchestrator.app.export;

import java.nio.file.Path;
import qroar.orchestrator.app.input.DocumentReader;
import qroar.orchestrator.app.model.CalibrationSource;
import qroar.orchestrator.app.model.DeviceSettings;
import qroar.orchestrator.console.Notes;
import qroar.orchestrator.console.Remarks;
import qroar.protocol.BadInput;
import qroar.protocol.quantization.NoQuantization;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.quantization.WeightQuantization;
import qroar.workers.calibration.CalibrationSize;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.export.ExportFormat;
import qroar.workers.export.QuantizedExport;
import qroar.workers.export.QuantizedModels;
import qroar.workers.memory.MemoryNeed;
import qroar.workers.quantize.RaggedGroups;
import qroar.workers.quantize.WeightQuantizer;
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
 * @param kept where calibrated models stay, and what is cut short goes on
 * @param out new or empty folder
 */
public record ModelQuantization(
        Path model,
        String quantize,
        FormatSettings format,
        CalibrationSource calibration,
        DeviceSettings device,
        QuantizedModels kept,
        Path out) {
    /**
     * What is done to the weights.
     *
     * @throws BadInput for a spec that cannot be written into weights, or none without a format
     */
    public QuantizationSpec spec() {
        QuantizationSpec spec = QuantizationText.parse(quantize);
        if (spec.activations() != null || spec.keyValues() != null) {
            throw new BadInput(
                    "--quantize " + quantize
                            + ": act-bits and kv-bits act while a model runs and cannot be written into weights; give them to eval");
        }
        if (spec.weights() instanceof NoQuantization && format.isUnsaid()) {
            throw new BadInput("--quantize " + quantize
                    + " leaves nothing to write; to write the same weights in another form name it: --format gguf,"
                    + " float32, float16 or bfloat16");
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
            CalibrationSource.Blocks blocks = calibration.read(spec, reader);
            int[][] sequences = blocks.tokens();
            notes.tell(reader.notes());
            TorchDevice where = device.open();
            QuantizedExport.requireWritable(checkpoint, spec.weights(), written, out);
            // A GGUF file's own metadata and tokenizer are not in what is kept.
            boolean keeps = spec.weights().isCalibrated() && !checkpoint.isGguf();
            boolean known = keeps && kept.holds(checkpoint, spec.weights(), sequences);
            device.requireRoom(
                    where,
                    MemoryNeed.ofQuantizing(
                            checkpoint, spec.weights(), known ? CalibrationSize.NONE : CalibrationSize.of(sequences)));
            if (keeps) {
                Remarks.tell((known
                                ? "using the calibrated model in "
                                : "calibrating on " + blocks.summary() + "; the model is kept in ")
                        + kept.folder());
            } else if (spec.weights().isCalibrated()) {
                Remarks.tell("calibrating on " + blocks.summary());
            }
            QuantizedExport.Report report = keeps
                    ? writeKept(checkpoint, spec.weights(), sequences, where, written)
                    : QuantizedExport.write(checkpoint, spec.weights(), sequences, where, written, out);
            return WrittenModel.of(written, report, out, notes);
        }
    }

    /** A calibration is kept, as every command keeps it: for what is cut short, for other formats and for measurements. */
    private QuantizedExport.Report writeKept(
            Checkpoint checkpoint,
            WeightQuantization quantization,
            int[][] sequences,
            TorchDevice where,
            ExportFormat written) {
        try (QuantizedModels.Use use = kept.of(checkpoint, quantization, where, sequences);
                WeightQuantizer asStored = WeightQuantizer.uncalibrated(QuantizationSpec.NONE.weights())) {
            return QuantizedExport.write(
                    new QuantizedExport.Source(use.checkpoint(), QuantizationSpec.NONE.weights(), asStored),
                    where,
                    written,
                    out);
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
