package qroar.orchestrator.cli.model;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import qroar.orchestrator.app.measurement.TaskFigures;
import qroar.orchestrator.app.measurement.TaskMeasurement;
import qroar.orchestrator.app.model.ChosenModel;
import qroar.orchestrator.app.model.ChosenScales;
import qroar.orchestrator.cli.option.ModelOptions;
import qroar.orchestrator.cli.option.ScalesOptions;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.Output;
import qroar.protocol.storage.AtomicFile;

/** {@code qroar tasks}: multiple choice. */
@Command(
        name = "tasks",
        description = "Accuracy on multiple-choice tasks, with the prompts and figures of lm-evaluation-harness.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "A file has one JSON object per line: the task's original layout, or query, choices and gold (winogrande:"
                    + " context_options, continuation and gold).",
            "",
            "acc: the choice of the highest log-likelihood is right. acc_norm: the highest log-likelihood per byte of the"
                    + " answer. Standard errors are sqrt(p (1 - p) / (n - 1))."
        })
public final class TasksCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "TASK=FILE",
            arity = "1..*",
            description = "tasks, of ${bundle:tasks}, and the JSON-lines files of their questions")
    private Map<String, Path> files = new LinkedHashMap<>();

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private ScalesOptions scaling = new ScalesOptions();

    @Option(
            names = "--labels",
            paramLabel = "TASK=FILE",
            description = "right choices, one per line, where a task keeps them apart (piqa)")
    private Map<String, Path> labels = new LinkedHashMap<>();

    @Option(
            names = "--shots",
            paramLabel = "K",
            defaultValue = "0",
            description = "answered examples before each question (default ${DEFAULT-VALUE})")
    private int shots;

    @Option(
            names = "--fewshot",
            paramLabel = "TASK=FILE",
            description = "where a task's examples come from; left out, its own questions, never the one that is asked")
    private Map<String, Path> examples = new LinkedHashMap<>();

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1234",
            description = "of the choice of examples (default ${DEFAULT-VALUE})")
    private long seed = 1234;

    @Option(names = "--limit", paramLabel = "N", description = "only the first N questions of each task")
    private @Nullable Integer limit;

    @Option(
            names = "--length",
            paramLabel = "L",
            description = "tokens of a prompt; longer ones lose their beginning. Left out, none is cut")
    private @Nullable Integer length;

    @Option(
            names = "--per-choice",
            paramLabel = "FILE.json",
            description =
                    "write {\"choices\":[{\"task\",\"question\",\"choice\",\"context\":[ids],\"continuation\":[ids],"
                            + "\"logLikelihood\",\"bytes\"},...]}: what eval --tokens --per-token can check")
    private @Nullable Path perChoice;

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Override
    public Integer call() {
        Path choiceFile = Output.writable("--per-choice", perChoice);
        TaskMeasurement measurement =
                TaskMeasurement.read(new TaskMeasurement.Settings(files, labels, examples, shots, seed, limit, length));
        ChosenModel chosen = ChosenModel.open(model.settings());
        ChosenScales scales = ChosenScales.read(scaling.settings(), chosen);
        TaskFigures figures = measurement.of(chosen, scales);
        if (choiceFile != null) {
            AtomicFile.write(choiceFile, Output.json(Map.of("choices", figures.choices())));
        }
        if (json) {
            Map<String, Object> result = figures.json();
            result.putAll(chosen.describe());
            result.put("scales", scales.describe());
            result.put("sidecar", scales.sidecar());
            System.out.println(Output.json(result));
        } else {
            figures.lines().forEach(System.out::println);
        }
        return ExitCode.DONE.code();
    }
}
