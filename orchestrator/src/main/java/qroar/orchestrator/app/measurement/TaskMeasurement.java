package qroar.orchestrator.app.measurement;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.app.input.DocumentReader;
import qroar.orchestrator.app.model.ChosenModel;
import qroar.orchestrator.app.model.ChosenScales;
import qroar.orchestrator.app.model.LoadedModel;
import qroar.protocol.BadInput;
import qroar.workers.tasks.ChoiceScore;
import qroar.workers.tasks.ChoiceScorer;
import qroar.workers.tasks.FewShot;
import qroar.workers.tasks.Question;
import qroar.workers.tasks.ScoredQuestion;
import qroar.workers.tasks.Task;
import qroar.workers.tasks.TaskFile;
import qroar.workers.text.Tokenizer;

/** Accuracy of one model on multiple-choice tasks. */
public final class TaskMeasurement {
    /** What room is looked for where nobody limits the length: few questions are longer, with their examples. */
    private static final int USUAL_POSITIONS = 4096;

    private final Settings settings;
    private final Map<Task, List<Question>> questions = new LinkedHashMap<>();
    private final Map<Task, FewShot> prefixes = new LinkedHashMap<>();

    /**
     * What is asked.
     *
     * @param files of questions by the task's word; {@code labels} and {@code examples} where a task keeps them apart
     * @param shots answered examples before each question
     * @param seed of the choice of examples
     * @param limit questions of each task; null for all
     * @param length tokens of a prompt, longer ones lose their beginning; null for any
     */
    public record Settings(
            Map<String, Path> files,
            Map<String, Path> labels,
            Map<String, Path> examples,
            int shots,
            long seed,
            @Nullable Integer limit,
            @Nullable Integer length) {
        /** @throws BadInput naming the option */
        public Settings {
            if (limit != null && limit < 1) {
                throw new BadInput("--limit " + limit + " must be at least 1 question");
            }
            if (length != null && length < 2) {
                throw new BadInput("--length " + length + " must be at least 2 tokens");
            }
        }
    }

    private TaskMeasurement(Settings settings) {
        this.settings = settings;
        settings.files().forEach((word, file) -> questions.put(Task.ofWord(word), questions(word, file)));
        questions.forEach((task, asked) -> prefixes.put(task, fewShot(task, asked)));
        checkUsed("--labels", settings.labels());
        checkUsed("--fewshot", settings.examples());
    }

    /**
     * Reads the tasks' files.
     *
     * @throws BadInput in one line naming the file
     */
    public static TaskMeasurement read(Settings settings) {
        return new TaskMeasurement(settings);
    }

    /** Loads the model and lets it answer; tells on standard error how far it is. */
    public TaskFigures of(ChosenModel model, ChosenScales scales) {
        Map<Task, List<ScoredQuestion>> scored = new LinkedHashMap<>();
        Integer length = settings.length();
        try (DocumentReader reader = new DocumentReader(model.checkpoint());
                Tokenizer tokenizer = Tokenizer.open(model.checkpoint());
                LoadedModel loaded = load(model, reader, tokenizer, scales)) {
            ChoiceScorer scorer = new ChoiceScorer(
                    loaded.model(),
                    model.rope(),
                    scales.scales(),
                    tokenizer,
                    length == null ? ChoiceScorer.UNLIMITED : length);
            prefixes.forEach((task, prefix) -> scored.put(task, score(task, scorer, prefix)));
            model.noteNonFinite(
                    loaded.model(),
                    scored.values().stream()
                            .flatMap(List::stream)
                            .flatMap(question -> question.choices().stream())
                            .mapToDouble(ChoiceScore::logLikelihood)
                            .toArray(),
                    "choices' scores");
        }
        return new TaskFigures(scored, settings.shots(), settings.seed());
    }

    /** A task's file, by whichever of its names it was given. */
    private static @Nullable Path of(Task task, Map<String, Path> files) {
        return files.entrySet().stream()
                .filter(file -> Task.ofWord(file.getKey()) == task)
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
    }

    private List<Question> questions(String word, Path file) {
        return TaskFile.read(Task.ofWord(word), file, of(Task.ofWord(word), settings.labels()));
    }

    /** Passes are as long as --length allows, or as most questions are. */
    private LoadedModel load(ChosenModel model, DocumentReader reader, Tokenizer tokenizer, ChosenScales scales) {
        model.tell(tokenizer.notes());
        Integer length = settings.length();
        int positions = length == null ? model.checkpoint().config().geometry().maxPositions() : length;
        return model.loadForDocumentOrder(reader, Math.min(positions, USUAL_POSITIONS), scales);
    }

    private FewShot fewShot(Task task, List<Question> asked) {
        Path file = of(task, settings.examples());
        return settings.shots() == 0
                ? FewShot.none()
                : new FewShot(
                        file == null ? asked : TaskFile.read(task, file, null), settings.shots(), settings.seed());
    }

    private void checkUsed(String option, Map<String, Path> given) {
        for (String word : given.keySet()) {
            if (!questions.containsKey(Task.ofWord(word))) {
                throw new BadInput(
                        option + " " + word + "=" + given.get(word) + ": task " + word + " is not asked for");
            }
        }
    }

    private List<ScoredQuestion> score(Task task, ChoiceScorer scorer, FewShot prefix) {
        List<Question> all = questions.getOrDefault(task, List.of());
        Integer limit = settings.limit();
        int count = limit == null ? all.size() : Math.min(limit, all.size());
        List<ScoredQuestion> scored = new ArrayList<>();
        QuestionProgress progress = new QuestionProgress(task.word(), count);
        for (int place = 0; place < count; place++) {
            scored.add(scorer.score(all.get(place), place, prefix));
            progress.answered(place + 1);
        }
        return scored;
    }
}
