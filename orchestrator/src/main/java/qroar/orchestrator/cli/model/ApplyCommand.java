package qroar.orchestrator.cli.model;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.export.ModelRescaling;
import qroar.orchestrator.cli.option.CheckpointConverter;
import qroar.orchestrator.cli.option.ScalesOptions;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.Output;
import qroar.protocol.rope.RopeScalingSpec;

/** {@code qroar apply}: puts found scales into a checkpoint in the format that it has. */
@Command(
        name = "apply",
        description = {
            "Multiplies the rows of W_Q and W_K by their bands' scales in the checkpoint's own format: plain safetensors,"
                    + " AWQ, GPTQ, compressed-tensors or GGUF. In a quantized one only the scales of those rows change;"
                    + " packed integers and everything else stay byte for byte.",
            "Files that do not change are linked to the originals where the file system can. Weights in further formats"
                    + " beside the safetensors (.bin, .gguf, ...) are left out: they would still be the old ones.",
            "Prints, and writes to SERVING.md beside the model, the command lines of the programs that serve it."
        },
        mixinStandardHelpOptions = true)
public final class ApplyCommand implements Callable<Integer> {
    @Option(
            names = "--model",
            required = true,
            converter = CheckpointConverter.class,
            paramLabel = "DIR|FILE",
            description = "checkpoint: a folder in Hugging Face layout, or a .gguf file")
    private Path model = Path.of("");

    @Mixin
    private ScalesOptions scaling = new ScalesOptions();

    @Option(
            names = "--rope",
            paramLabel = "SPEC",
            description = "${bundle:rope-forms}written into config.json; left out, the checkpoint's own stays")
    private @Nullable String rope;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "new or empty folder")
    private Path out = Path.of("");

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Override
    public Integer call() {
        ModelRescaling.Result done = new ModelRescaling(model, scaling.settings(), rope, out).write();
        String encoding = done.storedQuantization();
        if (json) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("model", model.toString());
            result.put("storedQuantization", encoding);
            result.put("rope", RopeScalingSpec.format(done.rope()));
            result.put("scales", done.scales().describe());
            result.put("sidecar", done.scales().sidecar());
            result.put("numbersMultiplied", done.numbers());
            result.put("largestRounding", done.largestRounding());
            result.put("out", out.toString());
            result.put("commands", done.commands());
            System.out.println(Output.json(result));
        } else {
            System.out.println(String.format(
                    Locale.ROOT,
                    "%d numbers of %s (%s) multiplied, written to %s; the largest relative rounding is %.1e",
                    done.numbers(),
                    model,
                    encoding.equals("none") ? "not quantized" : encoding,
                    out,
                    done.largestRounding()));
            done.commands().forEach(System.out::println);
        }
        return ExitCode.DONE.code();
    }
}
