package qroar.orchestrator.cli.model;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import qroar.experiments.attribution.Attribution;
import qroar.experiments.attribution.GainWords;
import qroar.experiments.attribution.HeldOutFigures;
import qroar.experiments.attribution.Interval;
import qroar.experiments.study.Study;
import qroar.experiments.study.StudyOutcome;
import qroar.experiments.trial.Setting;
import qroar.orchestrator.app.input.ExperimentInput;
import qroar.orchestrator.app.model.ExportNote;
import qroar.orchestrator.app.run.RecordedRun;
import qroar.orchestrator.cli.option.DeviceOption;
import qroar.orchestrator.cli.option.FormatOption;
import qroar.orchestrator.cli.option.RunParameter;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.Notes;
import qroar.orchestrator.console.Output;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.protocol.BadInput;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.export.ExportFormat;
import qroar.workers.export.QuantizedExport;
import qroar.workers.export.QuantizedModels;
import qroar.workers.measure.LocalCatalog;
import qroar.workers.memory.MemoryNeed;
import qroar.workers.quantize.WeightQuantizer;
import qroar.workers.torch.TorchDevice;

/** {@code qroar export}: the model that a study found, as a checkpoint that needs nothing of ours to run. */
@Command(
        name = "export",
        description = {
            "Writes the best study of a finished run as a checkpoint that other programs read: quantized, the rows of W_Q"
                    + " and W_K multiplied by their bands' scales, and the study's RoPE scaling in its config.json.",
            "Best is the study with the lowest objective on held-out documents; name another with --study."
        },
        mixinStandardHelpOptions = true)
public final class ExportCommand implements Callable<Integer> {
    @Mixin
    private RunParameter run = new RunParameter();

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "new or empty folder")
    private Path out = Path.of("");

    @Option(names = "--study", paramLabel = "ID", description = "another study than the best")
    private @Nullable String wanted;

    @Mixin
    private FormatOption format = new FormatOption();

    @Mixin
    private DeviceOption device = new DeviceOption();

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Override
    public Integer call() {
        RunDirectory directory = run.directory();
        ExperimentInput input = run.read(directory);
        Notes notes = new Notes();
        notes.tell(input.notes());
        RunState state = RecordedRun.read(directory, input);
        int number = wanted == null ? best(directory, state) : named(directory, state, wanted);
        Study study = state.plan().studies().get(number);
        StudyOutcome outcome = state.progress().get(number).outcome();
        ExportFormat written =
                format.of(input.checkpoint(), study.quantization().weights(), notes);
        QuantizedExport.Report report = write(input, study, outcome, written);
        String digest = Checkpoint.open(QuantizedExport.model(written, out)).digest();
        ExportNote.write(out, directory.name(), study, outcome, written.word(), digest);
        notes.tell(doubts(study, outcome));
        say(study, outcome, written, report, digest);
        return ExitCode.DONE.code();
    }

    private static int best(RunDirectory directory, RunState state) {
        if (state.phase() != RunState.Phase.FINISHED) {
            throw new BadInput("run " + directory.name() + " is not finished; resume it, or name a study that is with"
                    + " --study");
        }
        return IntStream.range(0, state.progress().size())
                .boxed()
                .filter(study -> heldOut(state, study) != null)
                .min(Comparator.comparing(study -> Objects.requireNonNull(heldOut(state, study))
                        .objective()
                        .estimate()))
                .orElseThrow(() -> new BadInput("no study of run " + directory.name() + " has found scales"));
    }

    /** What speaks against using it at all. */
    private static List<String> doubts(Study study, StudyOutcome outcome) {
        Attribution attribution = outcome.attribution();
        if (attribution == null) {
            return List.of("study " + study.id()
                    + " has no gain measured on held-out documents: what its scales are worth" + " is not known");
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

    private static @Nullable HeldOutFigures heldOut(RunState state, int study) {
        return state.progress().get(study).outcome().heldOut().get(Setting.TUNED);
    }

    private static int named(RunDirectory directory, RunState state, String id) {
        List<String> ids = state.plan().studies().stream().map(Study::id).toList();
        int number = ids.indexOf(id);
        if (number < 0) {
            throw new BadInput("--study " + id + " is none of run " + directory.name() + ", which has " + ids);
        }
        if (!state.progress().get(number).isDone()) {
            throw new BadInput("--study " + id + " of run " + directory.name() + " is not done");
        }
        return number;
    }

    private QuantizedExport.Report write(
            ExperimentInput input, Study study, StudyOutcome outcome, ExportFormat written) {
        QuantizationSpec quantization = study.quantization();
        TorchDevice where = device.settings().open();
        device.settings().requireRoom(where, MemoryNeed.ofQuantizing(input.checkpoint(), 0));
        if (!quantization.weights().isCalibrated()) {
            try (WeightQuantizer quantizer = WeightQuantizer.uncalibrated(quantization.weights())) {
                return QuantizedExport.writeTuned(
                        new QuantizedExport.Source(input.checkpoint(), quantization.weights(), quantizer),
                        outcome.scales(),
                        study.rope(),
                        where,
                        written,
                        out);
            }
        }
        LocalCatalog catalog = LocalCatalog.of(study.checkpointDigest(), input.checkpoint(), input.calibration());
        QuantizedModels kept = new QuantizedModels(run.runs().models(), Long.MAX_VALUE);
        try (QuantizedModels.Use use = kept.of(
                        input.checkpoint(), quantization.weights(), where, catalog.sequences(study.calibration()));
                WeightQuantizer asStored = WeightQuantizer.uncalibrated(QuantizationSpec.NONE.weights())) {
            return QuantizedExport.writeTuned(
                    new QuantizedExport.Source(use.checkpoint(), QuantizationSpec.NONE.weights(), asStored),
                    outcome.scales(),
                    study.rope(),
                    where,
                    written,
                    out);
        }
    }

    private void say(
            Study study, StudyOutcome outcome, ExportFormat written, QuantizedExport.Report report, String digest) {
        QuantizationSpec quantization = study.quantization();
        boolean atRunTime = quantization.activations() != null || quantization.kvBits() != 0;
        if (json) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("study", study.id());
            result.put("quantize", QuantizationText.format(quantization));
            result.put("rope", RopeScalingSpec.format(study.rope()));
            result.put("mode", study.mode().word());
            result.put("scales", outcome.scales().scales());
            result.put("format", written.word());
            result.put("largestRounding", report.largestRounding());
            result.put("out", out.toString());
            result.put("digest", digest);
            result.put("commands", report.commands());
            System.out.println(Output.json(result));
        } else {
            System.out.println("study " + study.id() + " (" + QuantizationText.format(quantization) + ", "
                    + RopeScalingSpec.format(study.rope()) + ") written to " + out + " ("
                    + report.inWords(written) + ", digest " + digest.substring(0, 12) + ")");
        }
        if (!json) {
            report.commands().forEach(System.out::println);
        }
        if (atRunTime) {
            System.err.println("qroar: act-bits and kv-bits of " + QuantizationText.format(quantization)
                    + " act while a model runs and are not in its weights; give them to eval");
        }
    }
}
