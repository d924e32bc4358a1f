package qroar.experiments.definition.task;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.experiments.definition.yaml.PathLocator;
import qroar.experiments.definition.yaml.Section;
import qroar.experiments.definition.yaml.Value;
import qroar.experiments.definition.yaml.YamlNode;
import qroar.protocol.BadInput;
import qroar.protocol.needle.HaystackKind;
import qroar.protocol.needle.NeedleTask;
import qroar.protocol.needle.NeedleTasks;

/** Reads the keys of a needle task. */
public record NeedlesReader(Section section, PathLocator paths) {
    private static final List<Double> DEPTHS = List.of(0.0, 25.0, 50.0, 75.0, 100.0);
    private static final int SAMPLES = 5;
    private static final int SEED = 42;
    /** Another than that of what is reported, and of tasks that name none. */
    private static final int SEARCH_SEED = 1;

    private static final int MOST_QUESTIONS = 65_536;

    /** For depths that are drawn. */
    public static final String RANDOM = "random";

    private static final int LEAST_LENGTH = 32;
    private static final int MOST_LENGTH = 1 << 24;
    private static final int MOST_SAMPLES = 10_000;

    /**
     * Reads them all.
     *
     * @param word of the task, {@code otherwise} lengths where it names none
     * @throws BadInput naming key and place
     */
    public TaskEvaluation.Needles read(Value word, List<Integer> otherwise) {
        NeedleTask task = task(word);
        Value lengths = section.optional("lengths");
        List<Path> haystack = haystack(task, section.optional("haystack"));
        return new TaskEvaluation.Needles(
                task,
                haystack,
                lengths == null
                        ? otherwise
                        : Value.distinct(lengths.items(), each -> each.wholeNumber(LEAST_LENGTH, MOST_LENGTH)),
                depths(section.optional("depths")),
                section.wholeNumber("samples", 1, MOST_SAMPLES, SAMPLES),
                section.wholeNumber("seed", 0, Integer.MAX_VALUE, SEED));
    }

    /**
     * Reads what an objective asks.
     *
     * @param searched lengths of the experiment: what is asked lies within the longest, and is asked at all where nothing is said
     * @throws BadInput naming key and place
     */
    public ObjectiveNeedles readObjective(List<Integer> searched) {
        List<NeedleTask> tasks = Value.distinct(section.required("task").specs(), NeedlesReader::task);
        Value lengths = section.optional("lengths");
        int longest = searched.get(searched.size() - 1);
        List<Integer> asked = lengths == null
                ? searched
                : Value.distinct(
                        lengths.items(), item -> within(item.wholeNumber(LEAST_LENGTH, MOST_LENGTH), longest, item));
        if (asked.get(0) < LEAST_LENGTH) {
            throw section.bad(
                    "lengths",
                    "is left out, and of the key 'lengths' " + asked.get(0) + " is below " + LEAST_LENGTH
                            + " tokens; name the lengths to ask at");
        }
        ObjectiveNeedles needles = new ObjectiveNeedles(
                tasks,
                haystack(tasks, section.optional("haystack")),
                asked,
                depths(section.optional("depths")),
                section.wholeNumber("samples", 1, MOST_SAMPLES, SAMPLES),
                section.wholeNumber("seed", 0, Integer.MAX_VALUE, SEARCH_SEED),
                section.wholeNumber("held-out-seed", 0, Integer.MAX_VALUE, SEED));
        if (needles.seed() == needles.heldOutSeed()) {
            throw section.bad(
                    section.has("held-out-seed") ? "held-out-seed" : "seed",
                    "is " + needles.seed() + ", the seed of both what is searched on and what is reported; nobody is"
                            + " judged by what he was tuned on");
        }
        long questions = (long) needles.perRound() * needles.samples();
        if (questions > MOST_QUESTIONS) {
            throw section.bad(
                    "samples",
                    "times kinds, lengths and depths are " + questions + " questions; at most " + MOST_QUESTIONS
                            + " are asked");
        }
        return needles;
    }

    private static int within(int length, int longest, Value item) {
        if (length > longest) {
            throw item.bad("is " + length + ", beyond the longest of the key 'lengths', " + longest
                    + ": scales are searched for no further than that");
        }
        return length;
    }

    private List<Path> haystack(List<NeedleTask> tasks, @Nullable Value value) {
        boolean text = tasks.stream().anyMatch(task -> task.haystack() == HaystackKind.TEXT);
        if (value != null && !text) {
            throw value.bad("is of no use: no task named here hides its needles in a text of yours");
        }
        for (NeedleTask task : tasks) {
            haystack(task, task.haystack() == HaystackKind.TEXT ? value : null);
        }
        return value == null ? List.of() : Value.distinct(value.items(), paths::file);
    }

    /** All words that a task's may be, of multiple choice and of needles. */
    public static List<String> words() {
        List<String> words = new ArrayList<>(TaskEvaluation.TASKS);
        NeedleTasks.FORMS.all().forEach(form -> words.add(form.word()));
        return words;
    }

    private static NeedleTask task(Value word) {
        try {
            return NeedleTasks.parse(word.text());
        } catch (BadInput e) {
            throw word.bad("is no task: " + e.getMessage());
        }
    }

    private List<Path> haystack(NeedleTask task, @Nullable Value value) {
        boolean text = task.haystack() == HaystackKind.TEXT;
        if (value == null) {
            if (text) {
                throw section.bad(
                        "task", "hides its needles in a text: name one under 'haystack', or say haystack=noise");
            }
            return List.of();
        }
        if (!text) {
            throw value.bad("is of no use: " + NeedleTasks.format(task) + " hides its needles in no text of yours");
        }
        return Value.distinct(value.items(), paths::file);
    }

    private static List<Double> depths(@Nullable Value value) {
        if (value == null) {
            return DEPTHS;
        }
        if (value.node() instanceof YamlNode.Scalar scalar && scalar.text().equals(RANDOM)) {
            return List.of();
        }
        return Value.distinct(value.items(), each -> each.number(Value.Range.closed(0, 100)));
    }
}
