package qroar.orchestrator.app.tasks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;
import qroar.experiments.study.StudyProgress;
import qroar.experiments.trial.Control;
import qroar.experiments.trial.Setting;
import qroar.orchestrator.app.input.AskedTask;
import qroar.reports.model.TaskScore;
import qroar.reports.model.needle.NeedleScores;
import qroar.workers.items.ScoredItem;
import qroar.workers.needle.NeedlePlan;

/** What a study's models found of needles, from the figures of their trials. */
final class NeedleTaskScores {
    private final AskedTask task;
    private final NeedlePlan plan;

    private NeedleTaskScores(AskedTask task) {
        this.task = task;
        this.plan = AskedTask.plan(Objects.requireNonNull(task.evaluation().needles()));
    }

    /** Per question: loss per token of the answer, and 1 where every token of it was the likeliest. */
    private record Answers(double[] nll, double[] exact) {}

    /** Of each setting that has been measured. */
    static List<TaskScore> of(StudyProgress progress, AskedTask task) {
        NeedleTaskScores scores = new NeedleTaskScores(task);
        List<TaskScore> all = new ArrayList<>();
        for (Setting setting : Setting.values()) {
            Answers answers = scores.answers(progress, setting);
            if (answers != null) {
                all.add(scores.score(
                        setting,
                        answers,
                        scores.without(progress, setting),
                        setting == Setting.TUNED ? scores.controls(progress, answers) : List.of()));
            }
        }
        return all;
    }

    private @Nullable Answers answers(StudyProgress progress, Setting setting) {
        double[] figures = progress.taskFigures(task.scored().name(), setting);
        return figures == null ? null : answers(figures);
    }

    private Answers answers(double[] figures) {
        double[] nll = new double[task.items().size()];
        double[] exact = new double[nll.length];
        for (int i = 0; i < nll.length; i++) {
            ScoredItem.Prompt prompt = task.items().get(i).prompts().get(0);
            nll[i] = figures[2 * i] / (prompt.length() - prompt.contextTokens());
            exact[i] = figures[2 * i + 1] == 0 ? 1 : 0;
        }
        return new Answers(nll, exact);
    }

    /** Of every control whose draws are all measured; what a question takes is the mean over the draws. */
    private List<NeedleScores.Control> controls(StudyProgress progress, Answers tuned) {
        Answers baseline = answers(progress, Setting.BASELINE);
        List<NeedleScores.Control> controls = new ArrayList<>();
        for (Control control : progress.study().controls()) {
            List<Answers> draws = progress.taskFigures(task.scored(), control).stream()
                    .map(this::answers)
                    .toList();
            if (baseline != null && !draws.isEmpty()) {
                Answers answers = new Answers(
                        means(draws, tuned.nll.length, Answers::nll), means(draws, tuned.nll.length, Answers::exact));
                controls.add(new NeedleScores.Control(
                        control,
                        mean(answers.nll),
                        mean(answers.exact),
                        gain(baseline, answers),
                        gain(answers, tuned)));
            }
        }
        return controls;
    }

    private static double[] means(List<Answers> draws, int questions, Function<Answers, double[]> figures) {
        double[] means = new double[questions];
        for (Answers draw : draws) {
            double[] values = figures.apply(draw);
            Arrays.setAll(means, question -> means[question] + values[question] / draws.size());
        }
        return means;
    }

    private static NeedleScores.Gain gain(Answers from, Answers to) {
        return new NeedleScores.Gain(difference(from.nll, to.nll), difference(to.exact, from.exact));
    }

    /** The same weights without scales; null for a setting that has none, or where they were not measured. */
    private @Nullable Answers without(StudyProgress progress, Setting setting) {
        return setting.isScaled()
                ? answers(progress, setting.isQuantized() ? Setting.BASELINE : Setting.UNQUANTIZED)
                : null;
    }

    private TaskScore score(
            Setting setting, Answers answers, @Nullable Answers without, List<NeedleScores.Control> controls) {
        List<NeedleScores.Cell> cells = new ArrayList<>();
        int question = 0;
        for (NeedlePlan.Cell cell : plan.cells()) {
            int end = question + plan.samples();
            cells.add(new NeedleScores.Cell(
                    cell.length(),
                    cell.depthPercent(),
                    mean(Arrays.copyOfRange(answers.nll, question, end)),
                    mean(Arrays.copyOfRange(answers.exact, question, end))));
            question = end;
        }
        int n = answers.nll.length;
        double exact = mean(answers.exact);
        return new TaskScore(
                task.evaluation().task(),
                0,
                setting,
                n,
                exact,
                Math.sqrt(exact * (1 - exact) / (n - 1)),
                null,
                null,
                new NeedleScores(
                        plan.seed(),
                        plan.samples(),
                        mean(answers.nll),
                        cells,
                        without == null ? null : gain(without, answers),
                        controls));
    }

    private static NeedleScores.Difference difference(double[] from, double[] less) {
        double[] values = new double[from.length];
        Arrays.setAll(values, i -> from[i] - less[i]);
        return NeedleScores.Difference.of(values);
    }

    private static double mean(double[] values) {
        return DoubleStream.of(values).average().orElse(Double.NaN);
    }
}
