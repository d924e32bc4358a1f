package qroar.orchestrator.cli.model;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.export.ModelQuantization;
import qroar.orchestrator.app.export.WrittenModel;
import qroar.orchestrator.cli.option.CalibrationOptions;
import qroar.orchestrator.cli.option.CheckpointConverter;
import qroar.orchestrator.cli.option.DeviceOption;
import qroar.orchestrator.cli.option.FormatOption;
import qroar.orchestrator.cli.option.ModelCacheOption;
import qroar.orchestrator.cli.option.RunsOption;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.Output;
import qroar.protocol.BadInput;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.trial.Precision;

/** {@code qroar quantize}: a quantized model as an ordinary checkpoint. */
@Command(
        name = "quantize",
        description = {
            "Writes a quantized model as a checkpoint that other programs read: the quantizer's own integers and scales in"
                    + " the words of a common format, or de-quantized weights, which any program reads that reads the"
                    + " original.",
            "What was calibrated is kept under --runs, layer by layer: a calibration that was cut short goes on at its layer"
                    + " when the same is asked again, and eval, run or another format find it there.",
            "docs/formats.md says who reads what."
        },
        mixinStandardHelpOptions = true)
public final class QuantizeCommand implements Callable<Integer> {
    @Option(
            names = "--model",
            required = true,
            converter = CheckpointConverter.class,
            paramLabel = "DIR",
            description = "checkpoint to quantize; left as it is")
    private Path model = Path.of("");

    @Option(
            names = "--quantize",
            required = true,
            paramLabel = "SPEC",
            description = "${bundle:weight-forms}group=0 is one group per output row; none with a --format writes the"
                    + " weights as they are in another form")
    private String quantize = "";

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "new or empty folder")
    private Path out = Path.of("");

    @Mixin
    private FormatOption format = new FormatOption();

    @Mixin
    private CalibrationOptions calibration = new CalibrationOptions();

    @Mixin
    private RunsOption runs = new RunsOption();

    @Mixin
    private ModelCacheOption modelCache = new ModelCacheOption();

    @Mixin
    private DeviceOption device = new DeviceOption();

    @Option(
            names = "--precision",
            paramLabel = "TYPE",
            description =
                    "auto or float32: weights are quantized and calibrated in float32 whatever the model is computed in"
                            + " later, so that what is written serves every precision")
    private String precision = Precision.AUTO;

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Override
    public Integer call() {
        if (!precision.equals(Precision.AUTO) && Precision.ofWord(precision) != Precision.FLOAT32) {
            throw new BadInput("--precision " + precision + ": weights are quantized and calibrated in float32, which"
                    + " serves every precision; give it to the commands that run the model, or --dtype for what is"
                    + " written");
        }
        ModelQuantization quantization = new ModelQuantization(
                model,
                quantize,
                format.settings(),
                calibration.source(),
                device.settings(),
                runs.folder().keptModels(modelCache.bytes()),
                out);
        String spec = QuantizationText.format(quantization.spec());
        WrittenModel written = quantization.write();
        if (json) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("model", model.toString());
            result.put("quantize", spec);
            result.put("format", written.format());
            result.put("largestRounding", written.largestRounding());
            result.put("out", out.toString());
            result.put("digest", written.digest());
            System.out.println(Output.json(result));
        } else {
            System.out.println(spec + " of " + model + " written to " + out + " (" + written.summary() + ")");
        }
        return ExitCode.DONE.code();
    }
}
