package qroar.orchestrator.app.input;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import qroar.experiments.definition.TaskEvaluation;
import qroar.experiments.study.ScoredTask;
import qroar.protocol.BadInput;
import qroar.protocol.Sha256;
import qroar.protocol.trial.EvaluationPlan;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.items.ScoredItem;
import qroar.workers.tasks.FewShot;
import qroar.workers.tasks.Question;
import qroar.workers.tasks.QuestionItems;
import qroar.workers.tasks.ScoredQuestion;
import qroar.workers.tasks.Task;
import qroar.workers.tasks.TaskAccuracy;
import qroar.workers.tasks.TaskFile;
import qroar.workers.text.Tokenizer;

/**
 * A multiple-choice task of an experiment, read and tokenized: its questions are the items of trials.
 *
 * @param evaluation as the experiment has it
 * @param questions that are asked
 * @param items one for each question
 * @param scored what studies ask for
 * @param contentDigest SHA-256 (hex) of questions and examples as text
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

    private static AskedTask of(TaskEvaluation evaluation, Tokenizer tokenizer) {
        Task task = Task.ofWord(evaluation.task());
        List<Question> all = TaskFile.read(task, evaluation.file(), evaluation.labels());
        int count = evaluation.limit() == 0 ? all.size() : Math.min(evaluation.limit(), all.size());
        if (count > MAX_QUESTIONS) {
            throw new BadInput("task file " + evaluation.file() + " has " + count + " questions; at most " + MAX_QUESTIONS
                    + " are asked: set the task's limit");
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
                        EvaluationPlan.ofItems(items.stream().map(ScoredItem::ref).toList(), EvaluationPlan.WHOLE)),
                Sha256.hex(task.word() + " shots=" + evaluation.shots() + " " + questions + " examples=" + fewShot.pool()));
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
