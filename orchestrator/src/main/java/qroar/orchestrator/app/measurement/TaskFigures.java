package qroar.orchestrator.app.measurement;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.console.Columns;
import qroar.orchestrator.console.Output;
import qroar.workers.tasks.ChoiceScore;
import qroar.workers.tasks.ScoredQuestion;
import qroar.workers.tasks.Task;
import qroar.workers.tasks.TaskAccuracy;

/**
 * Answers of one model to tasks, for people and machines.
 *
 * @param shots answered examples before each question
 * @param seed of the choice of examples
 */
public record TaskFigures(Map<Task, List<ScoredQuestion>> scored, int shots, long seed) {
    /** The tasks' words, for a help text. */
    public static String words() {
        return Task.words();
    }

    /** Keys of a JSON result. */
    public Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("results", accuracies().entrySet().stream().map(this::row).toList());
        json.put("averageAcc", averageAccuracy());
        json.put("averageAccNorm", averageNormalised());
        json.put("shots", shots);
        json.put("seed", seed);
        return json;
    }

    /** A table. */
    public List<String> lines() {
        List<List<String>> table = new ArrayList<>();
        table.add(List.of("task, " + shots + "-shot", "questions", "acc", "+-", "acc_norm", "+-"));
        Map<Task, TaskAccuracy> accuracies = accuracies();
        accuracies.forEach((task, accuracy) -> table.add(List.of(
                task.word(),
                String.valueOf(accuracy.questions()),
                Output.fixed(accuracy.accuracy(), 4),
                error(accuracy.accuracyStandardError()),
                Output.fixed(accuracy.normalised(), 4),
                error(accuracy.normalisedStandardError()))));
        if (accuracies.size() > 1) {
            table.add(List.of(
                    "average", "", Output.fixed(averageAccuracy(), 4), "", Output.fixed(averageNormalised(), 4)));
        }
        return Columns.of(table);
    }

    /** Every choice of every question, for a JSON file. */
    public List<Map<String, Object>> choices() {
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

    private Map<Task, TaskAccuracy> accuracies() {
        Map<Task, TaskAccuracy> accuracies = new LinkedHashMap<>();
        scored.forEach((task, questions) -> accuracies.put(task, TaskAccuracy.of(questions)));
        return accuracies;
    }

    private double averageAccuracy() {
        return accuracies().values().stream()
                .mapToDouble(TaskAccuracy::accuracy)
                .average()
                .orElseThrow();
    }

    private double averageNormalised() {
        return accuracies().values().stream()
                .mapToDouble(TaskAccuracy::normalised)
                .average()
                .orElseThrow();
    }

    private Map<String, Object> row(Map.Entry<Task, TaskAccuracy> of) {
        TaskAccuracy accuracy = of.getValue();
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("task", of.getKey().word());
        row.put("shots", shots);
        row.put("questions", accuracy.questions());
        row.put("acc", accuracy.accuracy());
        row.put("accStderr", finite(accuracy.accuracyStandardError()));
        row.put("accNorm", accuracy.normalised());
        row.put("accNormStderr", finite(accuracy.normalisedStandardError()));
        return row;
    }

    /** A single question has none. */
    private static String error(double standardError) {
        return Double.isNaN(standardError) ? "-" : Output.fixed(standardError, 4);
    }

    private static @Nullable Double finite(double value) {
        return Double.isNaN(value) ? null : value;
    }
}
