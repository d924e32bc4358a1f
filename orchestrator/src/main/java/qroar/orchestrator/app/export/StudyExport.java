package qroar.orchestrator.app.export;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Attribution;
import qroar.experiments.attribution.GainWords;
import qroar.experiments.attribution.HeldOutFigures;
import qroar.experiments.attribution.Interval;
import qroar.experiments.study.Study;
import qroar.experiments.study.StudyOutcome;
import qroar.experiments.trial.Setting;
import qroar.orchestrator.app.input.ExperimentInput;
import qroar.orchestrator.app.input.RunsFolder;
import qroar.orchestrator.app.model.DeviceSettings;
import qroar.orchestrator.app.run.RecordedRun;
import qroar.orchestrator.console.Notes;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.protocol.BadInput;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
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
 * @param study null for the one with the lowest objective on held-out documents
 * @param format of the written tensors
 * @param device that quantizes
 * @param out new or empty folder
 */
public record StudyExport(
        RunsFolder runs,
        String run,
        @Nullable String study,
        FormatSettings format,
        DeviceSettings device,
        Path out) {
    /** What was written, and what it was made of. */
    public record Result(Study study, StudyOutcome outcome, WrittenModel model) {}

    /**
     * Tells what speaks against using the model at all.
     *
     * @throws BadInput in one line, for a run or a study that has found nothing yet too
     * @throws qroar.orchestrator.console.NoDevice with the figures when the device has no room for it
     */
    public Result write() {
        RecordedRun recorded = RecordedRun.find(runs, run);
        ExperimentInput input = recorded.input();
        String name = recorded.directory().name();
        Notes notes = new Notes();
        notes.tell(input.notes());
        RunState state = recorded.state();
        int number = study == null ? best(name, state) : named(name, state, study);
        Study chosen = state.plan().studies().get(number);
        StudyOutcome outcome = state.progress().get(number).outcome();
        ExportFormat written =
                format.choose(input.checkpoint(), chosen.quantization().weights(), notes);
        QuantizedExport.Report report = write(input, chosen, outcome, written);
        WrittenModel model = WrittenModel.of(written, report, out, notes);
        ExportNote.write(out, name, chosen, outcome, model);
        notes.tell(doubts(chosen, outcome));
        QuantizationSpec quantization = chosen.quantization();
        if (quantization.activations() != null || quantization.kvBits() != 0) {
            System.err.println("qroar: act-bits and kv-bits of " + QuantizationText.format(quantization)
                    + " act while a model runs and are not in its weights; give them to eval");
        }
        return new Result(chosen, outcome, model);
    }

    private static int best(String run, RunState state) {
        if (state.phase() != RunState.Phase.FINISHED) {
            throw new BadInput(
                    "run " + run + " is not finished; resume it, or name a study that is with --study");
        }
        return IntStream.range(0, state.progress().size())
                .boxed()
                .filter(study -> heldOut(state, study) != null)
                .min(Comparator.comparing(study -> Objects.requireNonNull(heldOut(state, study))
                        .objective()
                        .estimate()))
                .orElseThrow(() -> new BadInput("no study of run " + run + " has found scales"));
    }

    private static @Nullable HeldOutFigures heldOut(RunState state, int study) {
        return state.progress().get(study).outcome().heldOut().get(Setting.TUNED);
    }

    private static int named(String run, RunState state, String id) {
        List<String> ids = state.plan().studies().stream().map(Study::id).toList();
        int number = ids.indexOf(id);
        if (number < 0) {
            throw new BadInput("--study " + id + " is none of run " + run + ", which has " + ids);
        }
        if (!state.progress().get(number).isDone()) {
            throw new BadInput("--study " + id + " of run " + run + " is not done");
        }
        return number;
    }

    private QuantizedExport.Report write(
            ExperimentInput input, Study chosen, StudyOutcome outcome, ExportFormat written) {
        QuantizationSpec quantization = chosen.quantization();
        TorchDevice where = device.open();
        device.requireRoom(where, MemoryNeed.ofQuantizing(input.checkpoint(), 0));
        if (!quantization.weights().isCalibrated()) {
            try (WeightQuantizer quantizer = WeightQuantizer.uncalibrated(quantization.weights())) {
                return QuantizedExport.writeTuned(
                        new QuantizedExport.Source(input.checkpoint(), quantization.weights(), quantizer),
                        outcome.scales(),
                        chosen.rope(),
                        where,
                        written,
                        out);
            }
        }
        LocalCatalog catalog = LocalCatalog.of(chosen.checkpointDigest(), input.checkpoint(), input.calibration());
        QuantizedModels kept = new QuantizedModels(runs.models(), Long.MAX_VALUE);
        try (QuantizedModels.Use use = kept.of(
                        input.checkpoint(), quantization.weights(), where, catalog.sequences(chosen.calibration()));
                WeightQuantizer asStored = WeightQuantizer.uncalibrated(QuantizationSpec.NONE.weights())) {
            return QuantizedExport.writeTuned(
                    new QuantizedExport.Source(use.checkpoint(), QuantizationSpec.NONE.weights(), asStored),
                    outcome.scales(),
                    chosen.rope(),
                    where,
                    written,
                    out);
        }
    }

    private static List<String> doubts(Study study, StudyOutcome outcome) {
        Attribution attribution = outcome.attribution();
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
