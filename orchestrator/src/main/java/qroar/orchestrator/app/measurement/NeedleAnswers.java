package qroar.orchestrator.app.measurement;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.console.Columns;
import qroar.orchestrator.console.Output;
import qroar.protocol.needle.NeedleTasks;
import qroar.protocol.spec.SpecWriter;
import qroar.workers.needle.NeedleFigures;
import qroar.workers.needle.NeedlePlan;
import qroar.workers.needle.NeedlePrompt;
import qroar.workers.needle.NeedleScore;

/**
 * Answers of one model to needle tasks, for people and machines.
 *
 * @param generated whether the model also wrote answers of its own
 */
public record NeedleAnswers(Map<NeedlePlan, List<NeedleScore>> scored, boolean generated) {
    /** A table per figure: a line for each depth, a column for each length, and the means of both. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        scored.forEach((plan, scores) -> addTables(lines, plan, scores));
        return lines;
    }

    private void addTables(List<String> lines, NeedlePlan plan, List<NeedleScore> scores) {
        lines.add(NeedleTasks.format(plan.task()) + ", " + plan.samples() + " questions a cell, seed " + plan.seed());
        lines.addAll(
                table(plan, scores, "nll", figures -> Output.fixed(figures.nll().value(), 4)));
        lines.addAll(table(
                plan,
                scores,
                "exact",
                figures -> Output.fixed(figures.exactMatch().value(), 2)));
        if (generated) {
            lines.addAll(table(
                    plan,
                    scores,
                    "string match",
                    figures -> Output.fixed(figures.stringMatch().value(), 2)));
        }
    }

    private static List<String> table(
            NeedlePlan plan, List<NeedleScore> scores, String name, Function<NeedleFigures, String> figure) {
        List<List<String>> table = new ArrayList<>();
        List<String> header = new ArrayList<>(List.of(name + ", depth"));
        plan.lengths().forEach(length -> header.add(length + " tokens"));
        if (plan.lengths().size() > 1) {
            header.add("all");
        }
        table.add(header);
        List<@Nullable Double> depths = new ArrayList<>(plan.depthsPercent());
        if (depths.isEmpty()) {
            depths.add(null);
        }
        for (Double depth : depths) {
            table.add(row(depth(depth), plan, of(scores, null, depth), figure));
        }
        if (depths.size() > 1) {
            table.add(row("all", plan, scores, figure));
        }
        return Columns.of(table);
    }

    private static List<String> row(
            String name, NeedlePlan plan, List<NeedleScore> scores, Function<NeedleFigures, String> figure) {
        List<String> row = new ArrayList<>(List.of(name));
        for (int length : plan.lengths()) {
            row.add(figure.apply(NeedleFigures.of(scores.stream()
                    .filter(score -> score.prompt().cell().length() == length)
                    .toList())));
        }
        if (plan.lengths().size() > 1) {
            row.add(figure.apply(NeedleFigures.of(scores)));
        }
        return row;
    }

    private static String depth(@Nullable Double percent) {
        return percent == null ? "random" : SpecWriter.number(percent) + " %";
    }

    /** Those of a length (null for all) and a depth. */
    private static List<NeedleScore> of(List<NeedleScore> scores, @Nullable Integer length, @Nullable Double depth) {
        return scores.stream()
                .filter(score -> length == null || score.prompt().cell().length() == length)
                .filter(score ->
                        depth == null || depth.equals(score.prompt().cell().depthPercent()))
                .toList();
    }

    /** Keys of a JSON result. */
    public Map<String, Object> json() {
        List<Map<String, Object>> results = new ArrayList<>();
        scored.forEach((plan, scores) -> {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("task", NeedleTasks.format(plan.task()));
            result.put("seed", plan.seed());
            result.put("samples", plan.samples());
            List<Map<String, Object>> cells = new ArrayList<>();
            for (NeedlePlan.Cell cell : plan.cells()) {
                Map<String, Object> row = new LinkedHashMap<>();
                row.put("length", cell.length());
                row.put("depth", cell.depthPercent() == null ? "random" : cell.depthPercent());
                row.putAll(figures(NeedleFigures.of(of(scores, cell.length(), cell.depthPercent()))));
                cells.add(row);
            }
            result.put("cells", cells);
            result.put("all", figures(NeedleFigures.of(scores)));
            results.add(result);
        });
        Map<String, Object> whole = new LinkedHashMap<>();
        whole.put("results", results);
        return whole;
    }

    private static Map<String, Object> figures(NeedleFigures figures) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("questions", figures.questions());
        put(row, "nll", figures.nll());
        put(row, "exactMatch", figures.exactMatch());
        put(row, "stringMatch", figures.stringMatch());
        return row;
    }

    private static void put(Map<String, Object> row, String key, NeedleFigures.Mean mean) {
        row.put(key, finite(mean.value()));
        row.put(key + "Stderr", finite(mean.standardError()));
    }

    private static @Nullable Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }

    /** Every question, for a JSON file. */
    public List<Map<String, Object>> questions() {
        List<Map<String, Object>> rows = new ArrayList<>();
        scored.forEach((plan, scores) -> {
            for (NeedleScore score : scores) {
                rows.add(question(NeedleTasks.format(plan.task()), score));
            }
        });
        return rows;
    }

    private static Map<String, Object> question(String task, NeedleScore score) {
        NeedlePrompt prompt = score.prompt();
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("task", task);
        row.put("length", prompt.cell().length());
        row.put(
                "depth",
                prompt.cell().depthPercent() == null ? "random" : prompt.cell().depthPercent());
        row.put("sample", prompt.sample());
        row.put("lengthTokens", prompt.size().lengthTokens());
        row.put("generatedTokens", prompt.size().generatedTokens());
        row.put("sentences", prompt.size().sentences());
        row.put("places", prompt.size().places());
        row.put("input", prompt.text());
        row.put("answer", prompt.answer());
        row.put("outputs", prompt.references());
        row.put("context", prompt.context());
        row.put("continuation", prompt.continuation());
        row.put("nll", score.nllNats());
        row.put("mismatches", score.mismatches());
        row.put("generated", score.said());
        row.put("stringMatch", finite(score.stringMatch()));
        return row;
    }
}
