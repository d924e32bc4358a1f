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
