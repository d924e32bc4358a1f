package qroar.orchestrator.cli.option;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.model.ModelSettings;

/** Which model a measurement loads, how it is quantized and interpolated, and where it runs. */
public final class ModelOptions {
    @Option(
            names = "--model",
            required = true,
            converter = CheckpointConverter.class,
            paramLabel = "DIR",
            description =
                    "checkpoint: config.json, safetensors, and a tokenizer.json when texts are given; or a GGUF file, or the"
                            + " name of a model in the Hugging Face cache")
    private Path model = Path.of("");

    @Option(names = "--rope", paramLabel = "SPEC", description = "${bundle:rope-forms}left out, the checkpoint's own")
    private @Nullable String rope;

    @Option(
            names = "--quantize",
            paramLabel = "SPEC",
            defaultValue = "none",
            description = "${bundle:quantization-forms}group=0 is one group per output row (default ${DEFAULT-VALUE})")
    private String quantize = "none";

    @Mixin
    private PlacementOptions placement = new PlacementOptions();

    @Mixin
    private PrecisionOption precision = new PrecisionOption();

    @Mixin
    private CalibrationOptions calibration = new CalibrationOptions();

    @Mixin
    private RunsOption runs = new RunsOption();

    @Mixin
    private ModelCacheOption cache = new ModelCacheOption();

    @Mixin
    private DeviceOption device = new DeviceOption();

    public ModelSettings settings() {
        return new ModelSettings(
                model,
                rope,
                quantize,
                placement.settings(),
                precision.word(),
                calibration.source(),
                runs.folder().models(),
                cache.bytes(),
                device.settings());
    }
}
