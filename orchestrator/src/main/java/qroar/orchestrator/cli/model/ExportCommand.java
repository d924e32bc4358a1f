package qroar.orchestrator.cli.model;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import qroar.experiments.study.Study;
import qroar.orchestrator.app.export.StudyChoice;
import qroar.orchestrator.app.export.StudyExport;
import qroar.orchestrator.app.export.WrittenModel;
import qroar.orchestrator.cli.option.DeviceOption;
import qroar.orchestrator.cli.option.FormatOption;
import qroar.orchestrator.cli.option.RunParameter;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.Output;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScalingSpec;

/** {@code qroar export}: the model that a study found, as a checkpoint that needs nothing of ours to run. */
@Command(
        name = "export",
        description = {
            "Writes the best study of a finished run as a checkpoint that other programs read: quantized, the rows of W_Q"
                    + " and W_K multiplied by their bands' scales, and the study's RoPE scaling in its config.json.",
            "Best is the lowest held-out perplexity at the longest length, as the report has it. Scales whose held-out gain"
                    + " is not beyond doubt are written only where --study names theirs."
        },
        mixinStandardHelpOptions = true)
public final class ExportCommand implements Callable<Integer> {
    @Mixin
    private RunParameter run = new RunParameter();

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "new or empty folder")
    private Path out = Path.of("");

    @Option(names = "--study", paramLabel = "ID", description = "another study than the best, whatever its scales gain")
    private @Nullable String wanted;

    @Option(names = "--unscaled", description = "the model of the study without its scales")
    private boolean unscaled;

    @Mixin
    private FormatOption format = new FormatOption();

    @Mixin
    private DeviceOption device = new DeviceOption();

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Override
    public Integer call() {
        StudyChoice choice = new StudyChoice(wanted, unscaled ? StudyChoice.Scales.NONE : StudyChoice.Scales.FOUND);
        StudyExport.Result exported =
                new StudyExport(run.runs(), run.name(), choice, format.settings(), device.settings(), out).write();
        Study study = exported.study();
        WrittenModel written = exported.model();
        if (json) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("study", study.id());
            result.put("quantize", QuantizationText.format(study.quantization()));
            result.put("rope", RopeScalingSpec.format(study.rope()));
            result.put("mode", study.mode().word());
            result.put("scales", exported.scales().scales());
            result.put("format", written.format());
            result.put("largestRounding", written.largestRounding());
            result.put("out", out.toString());
            result.put("digest", written.digest());
            result.put("commands", written.commands());
            System.out.println(Output.json(result));
        } else {
            System.out.println("study " + study.id() + " (" + QuantizationText.format(study.quantization()) + ", "
                    + RopeScalingSpec.format(study.rope()) + ") written to " + out + " (" + written.summary() + ")");
            written.commands().forEach(System.out::println);
        }
        return ExitCode.DONE.code();
    }
}
