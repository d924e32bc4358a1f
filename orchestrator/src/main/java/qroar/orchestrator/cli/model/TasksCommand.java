package qroar.orchestrator.cli.model;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import qroar.orchestrator.app.measurement.TaskMeasurement;
import qroar.orchestrator.app.model.ChosenModel;
import qroar.orchestrator.app.model.ChosenScales;
import qroar.orchestrator.cli.option.ModelOptions;
import qroar.orchestrator.cli.option.ScalesOptions;
import qroar.orchestrator.console.Columns;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.Output;
import qroar.protocol.storage.AtomicFile;
import qroar.workers.tasks.ChoiceScore;
import qroar.workers.tasks.ScoredQuestion;
import qroar.workers.tasks.Task;
import qroar.workers.tasks.TaskAccuracy;

/** {@code qroar tasks}: multiple choice. */
@Command(
        name = "tasks",
        description = "Accuracy on multiple-choice tasks, with the prompts and figures of lm-evaluation-harness.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Tasks: arc-easy, arc-challenge, hellaswag, piqa, winogrande, boolq. A file has one JSON object per line: the"
                    + " task's original layout, or query, choices and gold (winogrande: context_options, continuation and"
                    + " gold).",
            "",
            "acc: the choice of the highest log-likelihood is right. acc_norm: the highest log-likelihood per byte of the"
                    + " answer. Standard errors are sqrt(p (1 - p) / (n - 1))."
        })
public final class TasksCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "TASK=FILE",
            arity = "1..*",
            description = "tasks and the JSON-lines files of their questions")
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
        Map<Task, List<ScoredQuestion>> scored = measurement.of(chosen, scales);
        if (choiceFile != null) {
            AtomicFile.write(choiceFile, Output.json(Map.of("choices", choices(scored))));
        }
        report(chosen, scales, scored);
        return ExitCode.DONE.code();
    }

    private static List<Map<String, Object>> choices(Map<Task, List<ScoredQuestion>> scored) {
        List<Map<String, Object>> rows = new ArrayList<>();
        scored.forEach((task, questions) -> {
            for (ScoredQuestion question : questions) {
                for (int choice = 0; choice < question.choices().size(); choice++) {
                    ChoiceScore score = question.choices().get(choice);
                    Map<String, Object> row = new LinkedHashMap<>();
                    row.put("task", task.word());
                    row.put("question", question.place());
                    row.put("choice", choice);
                    row.put("gold", choice == question.gold());
                    row.put("context", score.context());
                    row.put("continuation", score.continuation());
                    row.put("logLikelihood", score.logLikelihood());
                    row.put("bytes", score.bytes());
                    rows.add(row);
                }
            }
        });
        return rows;
    }

    private void report(ChosenModel chosen, ChosenScales scales, Map<Task, List<ScoredQuestion>> scored) {
        Map<Task, TaskAccuracy> accuracies = new LinkedHashMap<>();
        scored.forEach((task, questions) -> accuracies.put(task, TaskAccuracy.of(questions)));
        double acc = accuracies.values().stream()
                .mapToDouble(TaskAccuracy::accuracy)
                .average()
                .orElseThrow();
        double norm = accuracies.values().stream()
                .mapToDouble(TaskAccuracy::normalised)
                .average()
                .orElseThrow();
        if (json) {
            List<Map<String, Object>> rows = new ArrayList<>();
            accuracies.forEach((task, accuracy) -> rows.add(row(task, accuracy)));
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("results", rows);
            result.put("averageAcc", acc);
            result.put("averageAccNorm", norm);
            result.put("shots", shots);
            result.put("seed", seed);
            result.putAll(chosen.describe());
            result.put("scales", scales.describe());
            result.put("sidecar", scales.sidecar());
            System.out.println(Output.json(result));
            return;
        }
        List<List<String>> table = new ArrayList<>();
        table.add(List.of("task, " + shots + "-shot", "questions", "acc", "+-", "acc_norm", "+-"));
        accuracies.forEach((task, accuracy) -> table.add(List.of(
                task.word(),
                String.valueOf(accuracy.questions()),
                Output.fixed(accuracy.accuracy(), 4),
                Output.fixed(accuracy.accuracyStandardError(), 4),
                Output.fixed(accuracy.normalised(), 4),
                Output.fixed(accuracy.normalisedStandardError(), 4))));
        if (accuracies.size() > 1) {
            table.add(List.of("average", "", Output.fixed(acc, 4), "", Output.fixed(norm, 4)));
        }
        Columns.of(table).forEach(System.out::println);
    }

    private Map<String, Object> row(Task task, TaskAccuracy accuracy) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("task", task.word());
        row.put("shots", shots);
        row.put("questions", accuracy.questions());
        row.put("acc", accuracy.accuracy());
        row.put("accStderr", finite(accuracy.accuracyStandardError()));
        row.put("accNorm", accuracy.normalised());
        row.put("accNormStderr", finite(accuracy.normalisedStandardError()));
        return row;
    }

    private static @Nullable Double finite(double value) {
        return Double.isNaN(value) ? null : value;
    }
}
