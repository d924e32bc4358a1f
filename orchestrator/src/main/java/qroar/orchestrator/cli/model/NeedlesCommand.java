package qroar.orchestrator.cli.model;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import qroar.orchestrator.app.measurement.NeedleAnswers;
import qroar.orchestrator.app.measurement.NeedleMeasurement;
import qroar.orchestrator.app.model.ChosenModel;
import qroar.orchestrator.app.model.ChosenScales;
import qroar.orchestrator.cli.option.ModelOptions;
import qroar.orchestrator.cli.option.ScalesOptions;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.Output;
import qroar.protocol.BadInput;
import qroar.protocol.needle.NeedleTask;
import qroar.protocol.needle.NeedleTasks;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.storage.AtomicFile;

/** {@code qroar needles}: retrieval by depth and length. */
@Command(
        name = "needles",
        description = "Needles in a haystack: passkeys and RULER's retrieval tasks, by depth and length.",
        mixinStandardHelpOptions = true)
public final class NeedlesCommand implements Callable<Integer> {
    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private ScalesOptions scaling = new ScalesOptions();

    @Option(
            names = "--task",
            paramLabel = "SPEC",
            arity = "1..*",
            required = true,
            description = "what is hidden and asked, for instance passkey or niah-multikey:keys=8; see below")
    private List<String> tasks = new ArrayList<>();

    @Option(
            names = "--length",
            paramLabel = "L",
            split = ",",
            required = true,
            description = "lengths in tokens of this model: prompt and what may be generated (the task's generate)")
    private List<Integer> lengths = new ArrayList<>();

    @Option(
            names = "--depth",
            paramLabel = "D",
            split = ",",
            defaultValue = "0,25,50,75,100",
            description =
                    "where the needle lies, in per cent of the haystack's sentences (default ${DEFAULT-VALUE}), or"
                            + " random: drawn for each question, as RULER does")
    private List<String> depths = new ArrayList<>();

    @Option(
            names = "--samples",
            paramLabel = "N",
            defaultValue = "5",
            description = "questions of each length and depth (default ${DEFAULT-VALUE})")
    private int samples = 5;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "42",
            description = "of keys, values and drawn depths (default ${DEFAULT-VALUE})")
    private long seed = 42;

    @Option(
            names = "--haystack",
            paramLabel = "FILE",
            arity = "1..*",
            description = "UTF-8 texts that tasks with haystack=text hide their needles in, taken one behind the other")
    private List<Path> haystack = new ArrayList<>();

    @Option(
            names = "--generate",
            description = "let the model also answer by itself, greedily, and score what it says as RULER does")
    private boolean generate;

    @Option(
            names = "--per-question",
            paramLabel = "FILE.json",
            description =
                    "write {\"questions\":[...]}: each prompt as text and token ids, the answer, its losses, and what"
                            + " was generated")
    private @Nullable Path perQuestion;

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Spec
    void explainTasks(CommandSpec spec) {
        List<String> footer = new ArrayList<>(List.of("", "Tasks:"));
        for (SpecForm<NeedleTask> form : NeedleTasks.FORMS.all()) {
            footer.add("  " + form.synopsis());
            footer.add("      " + form.help() + ".");
        }
        footer.add("RULER's own names (niah_single_2, niah_multikey_3, vt, ...) are understood, too.");
        footer.add("");
        footer.add(
                "nll: loss per token of the right answer, teacher-forced. exact: every token of it was the likeliest."
                        + " string match: RULER's score, the share of the values that stand in what the model generated.");
        spec.usageMessage().footer(footer.toArray(String[]::new));
    }

    @Override
    public Integer call() {
        Path file = Output.writable("--per-question", perQuestion);
        NeedleMeasurement.Settings settings =
                new NeedleMeasurement.Settings(tasks, haystack, lengths, percent(depths), samples, seed, generate);
        NeedleMeasurement measurement = NeedleMeasurement.read(settings);
        ChosenModel chosen = ChosenModel.open(model.settings());
        ChosenScales scales = ChosenScales.read(scaling.settings(), chosen);
        NeedleAnswers answers = measurement.of(chosen, scales);
        if (file != null) {
            AtomicFile.write(file, Output.json(Map.of("questions", answers.questions())));
        }
        if (json) {
            Map<String, Object> result = answers.json();
            result.putAll(chosen.describe());
            result.put("scales", scales.describe());
            result.put("sidecar", scales.sidecar());
            System.out.println(Output.json(result));
        } else {
            answers.lines().forEach(System.out::println);
        }
        return ExitCode.DONE.code();
    }

    /** Empty for drawn depths. */
    private static List<Double> percent(List<String> words) {
        if (words.equals(List.of("random"))) {
            return List.of();
        }
        List<Double> percent = new ArrayList<>();
        for (String word : words) {
            if (!word.strip().matches("\\d{1,3}(\\.\\d{1,9})?")) {
                throw new BadInput("--depth " + word + " must be a number from 0 to 100, or random for all of them");
            }
            percent.add(Double.parseDouble(word.strip()));
        }
        return percent;
    }
}
