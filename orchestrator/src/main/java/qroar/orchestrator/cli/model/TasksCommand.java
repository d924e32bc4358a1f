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
import qroar.orchestrator.app.input.DocumentReader;
import qroar.orchestrator.cli.option.ModelOptions;
import qroar.orchestrator.cli.option.ScalesOptions;
import qroar.orchestrator.console.Columns;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.Output;
import qroar.orchestrator.rundirectory.AtomicFiles;
import qroar.protocol.BadInput;
import qroar.protocol.rope.BandScales;
import qroar.protocol.rope.RopeScaling;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.ReadingPlan;
import qroar.workers.tasks.ChoiceScore;
import qroar.workers.tasks.ChoiceScorer;
import qroar.workers.tasks.FewShot;
import qroar.workers.tasks.Question;
import qroar.workers.tasks.ScoredQuestion;
import qroar.workers.tasks.Task;
import qroar.workers.tasks.TaskAccuracy;
import qroar.workers.tasks.TaskFile;
import qroar.workers.text.Tokenizer;

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
    /** What room is looked for where nobody limits the length: few questions are longer, with their examples. */
    private static final int USUAL_POSITIONS = 4096;

    private static final long PROGRESS_NANOS = 5_000_000_000L;

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
        if (limit != null && limit < 1) {
            throw new BadInput("--limit " + limit + " must be at least 1 question");
        }
        if (length != null && length < 2) {
            throw new BadInput("--length " + length + " must be at least 2 tokens");
        }
        Map<Task, List<Question>> questions = new LinkedHashMap<>();
        files.forEach((word, file) -> questions.put(Task.ofWord(word), questions(word, file)));
        Map<Task, FewShot> prefixes = new LinkedHashMap<>();
        questions.forEach((task, asked) -> prefixes.put(task, fewShot(task, asked)));
        checkUsed("--labels", labels, questions);
        checkUsed("--fewshot", examples, questions);

        Checkpoint checkpoint = model.checkpoint();
        RopeScaling rope = model.rope(checkpoint);
        BandScales scales = scaling.read(checkpoint, rope, model.quantization());
        Map<Task, List<ScoredQuestion>> scored = new LinkedHashMap<>();
        try (DocumentReader reader = new DocumentReader(checkpoint);
                Tokenizer tokenizer = Tokenizer.open(checkpoint);
                DecoderModel loaded = load(checkpoint, reader, tokenizer)) {
            ChoiceScorer scorer =
                    new ChoiceScorer(loaded, rope, scales, tokenizer, length == null ? ChoiceScorer.UNLIMITED : length);
            prefixes.forEach((task, prefix) -> scored.put(task, score(task, questions, scorer, prefix)));
        }
        if (choiceFile != null) {
            AtomicFiles.write(choiceFile, Output.json(Map.of("choices", choices(scored))));
        }
        report(rope, scales, scored);
        return ExitCode.DONE.code();
    }

    private List<Question> questions(String word, Path file) {
        return TaskFile.read(Task.ofWord(word), file, labels.get(word));
    }

    /** Passes are as long as --length allows, or as most questions are. */
    private DecoderModel load(Checkpoint checkpoint, DocumentReader reader, Tokenizer tokenizer) {
        model.tell(tokenizer.notes());
        int positions = length == null ? checkpoint.config().geometry().maxPositions() : length;
        return model.load(checkpoint, reader, Math.min(positions, USUAL_POSITIONS), ReadingPlan.BY_DOCUMENT);
    }

    private FewShot fewShot(Task task, List<Question> asked) {
        Path file = examples.get(task.word());
        return shots == 0
                ? FewShot.none()
                : new FewShot(file == null ? asked : TaskFile.read(task, file, null), shots, seed);
    }

    private static void checkUsed(String option, Map<String, Path> given, Map<Task, List<Question>> questions) {
        for (String word : given.keySet()) {
            if (!questions.containsKey(Task.ofWord(word))) {
                throw new BadInput(
                        option + " " + word + "=" + given.get(word) + ": task " + word + " is not asked for");
            }
        }
    }

    private List<ScoredQuestion> score(
            Task task, Map<Task, List<Question>> questions, ChoiceScorer scorer, FewShot prefix) {
        List<Question> all = questions.getOrDefault(task, List.of());
        int count = limit == null ? all.size() : Math.min(limit, all.size());
        List<ScoredQuestion> scored = new ArrayList<>();
        long told = System.nanoTime();
        for (int place = 0; place < count; place++) {
            scored.add(scorer.score(all.get(place), place, prefix));
            if (System.nanoTime() - told > PROGRESS_NANOS) {
                told = System.nanoTime();
                System.err.println(task.word() + ": " + (place + 1) + " of " + count + " questions");
            }
        }
        return scored;
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

    private void report(RopeScaling rope, @Nullable BandScales scales, Map<Task, List<ScoredQuestion>> scored) {
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
            result.putAll(model.describe(rope));
            result.put("scales", ScalesOptions.describe(scales));
            result.put("sidecar", scaling.sidecar());
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
