package qroar.orchestrator.app.input;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import qroar.experiments.definition.task.TaskEvaluation;
import qroar.experiments.study.ScoredTask;
import qroar.protocol.BadInput;
import qroar.protocol.Sha256;
import qroar.protocol.trial.EvaluationPlan;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.items.ScoredItem;
import qroar.workers.needle.HaystackText;
import qroar.workers.needle.NeedlePlan;
import qroar.workers.needle.NeedlePrompts;
import qroar.workers.tasks.FewShot;
import qroar.workers.tasks.Question;
import qroar.workers.tasks.QuestionItems;
import qroar.workers.tasks.ScoredQuestion;
import qroar.workers.tasks.Task;
import qroar.workers.tasks.TaskAccuracy;
import qroar.workers.tasks.TaskFile;
import qroar.workers.text.Tokenizer;

/**
 * A task of an experiment, read and tokenized: its questions are the items of trials.
 *
 * @param evaluation as the experiment has it
 * @param questions that are asked; empty for needles
 * @param items one for each question
 * @param scored what studies ask for
 * @param contentDigest SHA-256 (hex) of what is asked as text
 */
public record AskedTask(
        TaskEvaluation evaluation,
        List<Question> questions,
        List<ScoredItem> items,
        ScoredTask scored,
        String contentDigest) {
    private static final long FEW_SHOT_SEED = 1234;
    /** What an assignment may hold. */
    private static final int MAX_QUESTIONS = 65_536;

    private static final int BRIEF_DIGITS = 8;

    public AskedTask {
        questions = List.copyOf(questions);
        items = List.copyOf(items);
    }

    /**
     * Reads all tasks of an experiment; each once, should it be there twice.
     *
     * @throws BadInput in one line, when a file is not what its task needs
     */
    static List<AskedTask> all(List<TaskEvaluation> evaluations, Checkpoint checkpoint) {
        List<AskedTask> asked = new ArrayList<>();
        if (evaluations.isEmpty()) {
            return asked;
        }
        try (Tokenizer tokenizer = Tokenizer.open(checkpoint)) {
            for (TaskEvaluation evaluation : evaluations) {
                AskedTask task = of(evaluation, tokenizer);
                if (asked.stream().noneMatch(other -> other.scored().equals(task.scored()))) {
                    asked.add(task);
                }
            }
        }
        return asked;
    }

    /** Two lists as one, each task once. */
    static List<AskedTask> joined(List<AskedTask> some, List<AskedTask> others) {
        List<AskedTask> all = new ArrayList<>(some);
        others.stream()
                .filter(other -> some.stream().noneMatch(task -> task.scored().equals(other.scored())))
                .forEach(all::add);
        return all;
    }

    private static AskedTask of(TaskEvaluation evaluation, Tokenizer tokenizer) {
        TaskEvaluation.Needles needles = evaluation.needles();
        if (needles != null) {
            return of(evaluation, needles, tokenizer);
        }
        Task task = Task.ofWord(evaluation.task());
        List<Question> all = TaskFile.read(task, evaluation.questions(), evaluation.labels());
        int count = evaluation.limit() == 0 ? all.size() : Math.min(evaluation.limit(), all.size());
        if (count > MAX_QUESTIONS) {
            throw new BadInput("task file " + evaluation.questions() + " has " + count + " questions; at most "
                    + MAX_QUESTIONS + " are asked: set the task's limit");
        }
        Path examples = evaluation.fewShot();
        FewShot fewShot = evaluation.shots() == 0
                ? FewShot.none()
                : new FewShot(
                        examples == null ? all : TaskFile.read(task, examples, null),
                        evaluation.shots(),
                        FEW_SHOT_SEED);
        List<Question> questions = all.subList(0, count);
        QuestionItems reader = new QuestionItems(tokenizer, QuestionItems.UNLIMITED);
        List<ScoredItem> items = new ArrayList<>();
        StringBuilder content = new StringBuilder();
        for (int place = 0; place < count; place++) {
            ScoredItem item = reader.item(questions.get(place), place, fewShot);
            items.add(item);
            content.append(item.ref().digest());
        }
        String name = String.format(
                Locale.ROOT,
                "%s-%d-%s",
                task.word(),
                evaluation.shots(),
                Sha256.hex(content.toString()).substring(0, BRIEF_DIGITS));
        return new AskedTask(
                evaluation,
                questions,
                items,
                new ScoredTask(
                        name,
                        EvaluationPlan.ofItems(
                                items.stream().map(ScoredItem::ref).toList(), EvaluationPlan.WHOLE)),
                Sha256.hex(task.word() + " shots=" + evaluation.shots() + " " + questions + " examples="
                        + fewShot.pool()));
    }

    /** Needles as a task. */
    static AskedTask of(TaskEvaluation evaluation, TaskEvaluation.Needles needles, Tokenizer tokenizer) {
        NeedlePlan plan = plan(needles);
        if (plan.questions() > MAX_QUESTIONS) {
            throw new BadInput(
                    "task " + evaluation.task() + " asks " + plan.questions() + " questions; at most " + MAX_QUESTIONS);
        }
        HaystackText text = needles.haystack().isEmpty() ? null : HaystackText.read(needles.haystack());
        NeedlePrompts prompts = new NeedlePrompts(plan, tokenizer, text);
        List<ScoredItem> items = prompts.all().stream()
                .map(prompt -> ScoredItem.of(prompt.context(), List.of(prompt.continuation())))
                .toList();
        StringBuilder content = new StringBuilder();
        items.forEach(item -> content.append(item.ref().digest()));
        String name = String.format(
                Locale.ROOT,
                "%s-%d-%s",
                plan.task().form().word(),
                plan.samples(),
                Sha256.hex(content.toString()).substring(0, BRIEF_DIGITS));
        EvaluationPlan scored =
                EvaluationPlan.ofItems(items.stream().map(ScoredItem::ref).toList(), EvaluationPlan.WHOLE);
        return new AskedTask(
                evaluation, List.of(), items, new ScoredTask(name, scored, ScoredTask.Kind.NEEDLES), prompts.digest());
    }

    /** What a needle task asks. */
    public static NeedlePlan plan(TaskEvaluation.Needles needles) {
        return new NeedlePlan(
                needles.task(), needles.lengths(), needles.depthsPercent(), needles.samples(), needles.seed());
    }

    /**
     * Accuracy of a model.
     *
     * @param figures of its trial: of each choice its loss, and how many of its tokens were not the likeliest
     */
    public TaskAccuracy accuracy(double[] figures) {
        List<ScoredQuestion> scored = new ArrayList<>();
        int figure = 0;
        for (int place = 0; place < questions.size(); place++) {
            Question question = questions.get(place);
            double[] logLikelihoods = new double[question.choices().size()];
            for (int choice = 0; choice < logLikelihoods.length; choice++) {
                logLikelihoods[choice] = -figures[figure];
                figure += 2;
            }
            scored.add(ScoredQuestion.of(question, place, items.get(place), logLikelihoods));
        }
        return TaskAccuracy.of(scored);
    }
}
