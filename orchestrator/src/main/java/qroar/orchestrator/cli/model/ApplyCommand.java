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
import qroar.orchestrator.app.model.ChosenScales;
import qroar.orchestrator.cli.option.ScalesOptions;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.Notes;
import qroar.orchestrator.console.Output;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandScales;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.rope.InverseFrequencies;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.export.RescaledCheckpoint;

/** {@code qroar apply}: puts found scales into a checkpoint in the format that it has. */
@Command(
        name = "apply",
        description = {
            "Multiplies the rows of W_Q and W_K by their bands' scales in the checkpoint's own format: plain safetensors,"
                    + " AWQ, GPTQ, compressed-tensors or GGUF. In a quantized one only the scales of those rows change;"
                    + " packed integers and everything else stay byte for byte.",
            "Files that do not change are linked to the originals where the file system can. Weights in further formats"
                    + " beside the safetensors (.bin, .gguf, ...) are left out: they would still be the old ones."
        },
        mixinStandardHelpOptions = true)
public final class ApplyCommand implements Callable<Integer> {
    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR|FILE",
            description = "checkpoint: a folder in Hugging Face layout, or a .gguf file")
    private Path model = Path.of("");

    @Mixin
    private ScalesOptions scaling = new ScalesOptions();

    @Option(
            names = "--rope",
            paramLabel = "SPEC",
            description = "${bundle:rope-forms}; written into config.json; left out, the checkpoint's own stays")
    private @Nullable String rope;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "new or empty folder")
    private Path out = Path.of("");

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Override
    public Integer call() {
        Checkpoint checkpoint = Checkpoint.open(model);
        Notes notes = new Notes();
        notes.tell(checkpoint.notes());
        RopeScaling own = checkpoint.config().ropeScaling();
        RopeScaling used = rope == null ? own : RopeScalingSpec.parse(rope);
        InverseFrequencies.of(checkpoint.config().geometry(), used, InverseFrequencies.AT_CONSTRUCTION);
        ChosenScales chosen = ChosenScales.read(scaling.settings(), checkpoint, used, QuantizationSpec.NONE);
        BandScales scales = chosen.scales();
        if (scales == null) {
            throw new BadInput("--scales is missing: a sidecar that a run wrote, or a list, one per band");
        }
        boolean changes = !used.equals(own);
        if (checkpoint.isGguf() && changes) {
            notes.tell("a GGUF file's metadata stay as they are: give its reader " + RopeScalingSpec.format(used));
        }
        RescaledCheckpoint.Report report = RescaledCheckpoint.write(checkpoint, scales, changes ? used : null, out);
        say(checkpoint, chosen, used, report);
        return ExitCode.DONE.code();
    }

    private void say(Checkpoint checkpoint, ChosenScales scales, RopeScaling used, RescaledCheckpoint.Report report) {
        String encoding = checkpoint.encoding() == null ? "none" : checkpoint.encoding();
        if (json) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("model", model.toString());
            result.put("storedQuantization", encoding);
            result.put("rope", RopeScalingSpec.format(used));
            result.put("scales", scales.describe());
            result.put("sidecar", scales.sidecar());
            result.put("numbersMultiplied", report.numbers());
            result.put("largestRounding", report.largestRounding());
            result.put("out", out.toString());
            System.out.println(Output.json(result));
        } else {
            System.out.println(String.format(
                    Locale.ROOT,
                    "%d numbers of %s (%s) multiplied, written to %s; the largest relative rounding is %.1e",
                    report.numbers(),
                    model,
                    encoding.equals("none") ? "not quantized" : encoding,
                    out,
                    report.largestRounding()));
        }
    }
}
