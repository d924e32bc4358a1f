package qroar.workers.tasks;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import qroar.protocol.BadInput;

/** The multiple-choice tasks that can be read; {@link TaskLine} knows the layouts of their files. */
public enum Task {
    ARC_EASY(TaskShape.ARC),
    ARC_CHALLENGE(TaskShape.ARC),
    HELLASWAG(TaskShape.of(4)),
    PIQA(TaskShape.of(2)),
    WINOGRANDE(TaskShape.of(2)),
    BOOLQ(TaskShape.YES_OR_NO);

    private final TaskShape shape;

    Task(TaskShape shape) {
        this.shape = shape;
    }

    TaskShape shape() {
        return shape;
    }

    /** Of all tasks, for a message. */
    public static String words() {
        return Arrays.stream(values()).map(Task::word).collect(Collectors.joining(", "));
    }

    /** The word of the command line: {@code arc-easy}, ... */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * By our word or by lm-evaluation-harness' name ({@code arc_easy}).
     *
     * @throws BadInput naming the words that are understood
     */
    public static Task ofWord(String word) {
        return Arrays.stream(values())
                .filter(task -> task.word().equals(word.replace('_', '-')))
                .findFirst()
                .orElseThrow(() -> new BadInput("task '" + word + "' is unknown; use one of " + words()));
    }
}
