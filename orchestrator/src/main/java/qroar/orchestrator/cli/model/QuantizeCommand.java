package qroar.orchestrator.cli.model;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.input.DocumentReader;
import qroar.orchestrator.cli.option.CalibrationOptions;
import qroar.orchestrator.cli.option.DeviceOption;
import qroar.orchestrator.cli.option.FormatOption;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.Notes;
import qroar.orchestrator.console.Output;
import qroar.protocol.BadInput;
import qroar.protocol.quantization.NoQuantization;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.checkpoint.CheckpointContent;
import qroar.workers.export.ExportFormat;
import qroar.workers.export.QuantizedExport;
import qroar.workers.memory.MemoryNeed;
import qroar.workers.quantize.RaggedGroups;
import qroar.workers.tensors.NonFinite;
import qroar.workers.torch.TorchDevice;

/** {@code qroar quantize}: a quantized model as an ordinary checkpoint. */
@Command(
        name = "quantize",
        description = {
            "Writes a quantized model as a checkpoint that other programs read: the quantizer's own integers and scales in"
                    + " the words of a common format, or de-quantized weights, which any program reads that reads the"
                    + " original.",
            "docs/formats.md says who reads what."
        },
        mixinStandardHelpOptions = true)
public final class QuantizeCommand implements Callable<Integer> {
    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR",
            description = "checkpoint to quantize; left as it is")
    private Path model = Path.of("");

    @Option(
            names = "--quantize",
            required = true,
            paramLabel = "SPEC",
            description = "${bundle:weight-forms}; group=0 is one group per output row")
    private String quantize = "";

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "new or empty folder")
    private Path out = Path.of("");

    @Mixin
    private FormatOption format = new FormatOption();

    @Mixin
    private CalibrationOptions calibration = new CalibrationOptions();

    @Mixin
    private DeviceOption device = new DeviceOption();

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Override
    public Integer call() {
        QuantizationSpec spec = QuantizationText.parse(quantize);
        if (spec.activations() != null || spec.kvBits() != 0) {
            throw new BadInput(
                    "--quantize " + quantize
                            + ": act-bits and kv-bits act while a model runs and cannot be written into weights; give them to eval");
        }
        if (spec.weights() instanceof NoQuantization) {
            throw new BadInput("--quantize " + quantize + " leaves nothing to write");
        }
        Checkpoint checkpoint = Checkpoint.open(model);
        Notes notes = new Notes();
        notes.tell(checkpoint.notes());
        String ragged = RaggedGroups.note(checkpoint.config(), spec);
        if (ragged != null) {
            notes.tell(ragged);
        }
        ExportFormat written = format.of(checkpoint, spec.weights(), notes);
        if (spec.weights().isCalibrated()) {
            refuseNonFinite(checkpoint);
        }
        QuantizedExport.Report report;
        try (DocumentReader reader = new DocumentReader(checkpoint)) {
            int[][] sequences = calibration.source().read(spec, reader);
            notes.tell(reader.notes());
            TorchDevice where = device.settings().open();
            long calibrationTokens =
                    Arrays.stream(sequences).mapToLong(each -> each.length).sum();
            device.settings().requireRoom(where, MemoryNeed.ofQuantizing(checkpoint, calibrationTokens));
            report = QuantizedExport.write(checkpoint, spec.weights(), sequences, where, written, out);
        }
        CheckpointContent content =
                Checkpoint.open(QuantizedExport.model(written, out)).content();
        String digest = content.digest();
        if (content.nonFinite() != null) {
            notes.tell(out + ": " + content.nonFinite());
        }
        if (json) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("model", model.toString());
            result.put("quantize", QuantizationText.format(spec));
            result.put("format", written.word());
            result.put("largestRounding", report.largestRounding());
            result.put("out", out.toString());
            result.put("digest", digest);
            System.out.println(Output.json(result));
        } else {
            System.out.println(QuantizationText.format(spec) + " of " + model + " written to " + out + " ("
                    + report.inWords(written) + ", digest " + digest.substring(0, 12) + ")");
        }
        return ExitCode.DONE.code();
    }

    /** Reads the weights once more than needed, which is little beside a calibration. */
    private void refuseNonFinite(Checkpoint checkpoint) {
        NonFinite found = checkpoint.content().nonFinite();
        if (found != null) {
            throw new BadInput(model + ": " + found + "; nothing can be calibrated with them");
        }
    }
}
