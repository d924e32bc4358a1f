package qroar.orchestrator.app.export;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Attribution;
import qroar.experiments.attribution.GainWords;
import qroar.experiments.attribution.Interval;
import qroar.experiments.study.Study;
import qroar.experiments.study.StudyOutcome;
import qroar.orchestrator.app.input.ExperimentInput;
import qroar.orchestrator.app.input.RunsFolder;
import qroar.orchestrator.app.model.DeviceSettings;
import qroar.orchestrator.app.run.RecordedRun;
import qroar.orchestrator.console.Notes;
import qroar.orchestrator.console.Remarks;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.protocol.band.BandScales;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.quantization.WeightQuantization;
import qroar.workers.calibration.CalibrationSize;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.checkpoint.CheckpointContent;
import qroar.workers.export.ExportFormat;
import qroar.workers.export.QuantizedExport;
import qroar.workers.export.QuantizedModels;
import qroar.workers.measure.LocalCatalog;
import qroar.workers.memory.MemoryNeed;
import qroar.workers.quantize.WeightQuantizer;
import qroar.workers.torch.TorchDevice;

/**
 * The model that a study found, written as a checkpoint: quantized, its rows scaled, the study's RoPE scaling in its
 * config.json.
 *
 * @param run its directory, or the start of its name within {@code runs}
 * @param choice which study's model
 * @param format of the written tensors
 * @param device that quantizes
 * @param out new or empty folder
 */
public record StudyExport(
        RunsFolder runs, String run, StudyChoice choice, FormatSettings format, DeviceSettings device, Path out) {
    /** What was written, and what it was made of. */
    public record Result(Study study, BandScales scales, WrittenModel model) {}

    /**
     * Tells what speaks against using the model at all.
     *
     * @throws qroar.protocol.BadInput in one line, for a run or a study that has found nothing yet too
     * @throws qroar.orchestrator.console.NoDevice with the figures when the device has no room for it
     */
    public Result write() {
        RecordedRun recorded = RecordedRun.find(runs, run);
        ExperimentInput input = recorded.input();
        String name = recorded.directory().name();
        Notes notes = new Notes();
        notes.tell(input.notes());
        RunState state = recorded.state();
        int number = choice.of(name, state, notes);
        Study chosen = state.progress().get(number).study();
        StudyOutcome outcome = state.progress().get(number).outcome();
        BandScales scales = choice.scales().of(chosen, outcome);
        ExportFormat written =
                format.choose(input.checkpoint(), chosen.quantization().weights(), notes);
        Attribution attribution = choice.scales() == StudyChoice.Scales.NONE ? null : outcome.attribution();
        AtomicReference<@Nullable CheckpointContent> content = new AtomicReference<>();
        QuantizedExport.Report report = write(input, chosen, scales, written, unfinished -> {
            CheckpointContent read = WrittenModel.content(written, unfinished);
            content.set(read);
            ExportNote.Weights weights = new ExportNote.Weights(written.word(), read.digest());
            ExportNote.write(unfinished, new ExportNote.Source(name, chosen), scales, attribution, weights);
        });
        WrittenModel model = WrittenModel.of(written, report, Objects.requireNonNull(content.get()), out, notes);
        if (!scales.isIdentity()) {
            notes.tell(doubts(chosen, attribution));
        }
        QuantizationSpec quantization = chosen.quantization();
        if (quantization.activations() != null || quantization.keyValues() != null) {
            Remarks.tell("act-bits and kv-bits of " + QuantizationText.format(quantization)
                    + " act while a model runs and are not in its weights; give them to eval");
        }
        return new Result(chosen, scales, model);
    }

    private QuantizedExport.Report write(
            ExperimentInput input, Study chosen, BandScales scales, ExportFormat written, QuantizedExport.Beside note) {
        QuantizedExport.Tuning tuning = new QuantizedExport.Tuning(scales, chosen.rope());
        Checkpoint checkpoint = input.checkpoint();
        WeightQuantization quantization = chosen.quantization().weights();
        TorchDevice where = device.open();
        if (!quantization.isCalibrated()) {
            device.requireRoom(where, MemoryNeed.ofQuantizing(checkpoint, quantization, CalibrationSize.NONE));
            try (WeightQuantizer quantizer = WeightQuantizer.uncalibrated(quantization)) {
                return QuantizedExport.writeTuned(
                        new QuantizedExport.Source(checkpoint, quantization, quantizer),
                        tuning,
                        where,
                        written,
                        out,
                        note);
            }
        }
        int[][] sequences = LocalCatalog.of(chosen.checkpointDigest(), checkpoint, input.calibration())
                .sequences(chosen.calibration());
        QuantizedModels kept = new QuantizedModels(runs.models(), Long.MAX_VALUE);
        boolean known = kept.holds(checkpoint, quantization, sequences);
        CalibrationSize size = known ? CalibrationSize.NONE : CalibrationSize.of(sequences);
        device.requireRoom(where, MemoryNeed.ofQuantizing(checkpoint, quantization, size));
        try (QuantizedModels.Use use = kept.of(checkpoint, quantization, where, sequences);
                WeightQuantizer asStored = WeightQuantizer.uncalibrated(QuantizationSpec.NONE.weights())) {
            return QuantizedExport.writeTuned(
                    new QuantizedExport.Source(use.checkpoint(), QuantizationSpec.NONE.weights(), asStored),
                    tuning,
                    where,
                    written,
                    out,
                    note);
        }
    }

    private static List<String> doubts(Study study, @Nullable Attribution attribution) {
        if (attribution == null) {
            return List.of("study " + study.id()
                    + " has no gain measured on held-out documents: what its scales are worth is not known");
        }
        Interval gain = attribution.gain().objective();
        if (gain.lower() > 0) {
            return List.of();
        }
        return List.of("study " + study.id() + ": its gain on held-out documents, " + GainWords.nats(gain.estimate())
                + GainWords.interval(gain) + ", is "
                + (gain.upper() < 0 ? "a loss" : "not distinguishable from zero")
                + "; the unscaled model may serve as well");
    }
}
