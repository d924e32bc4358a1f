package qroar.workers.tasks;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import qroar.protocol.BadInput;

/** The multiple-choice tasks that can be read. */
public enum Task {
    ARC_EASY,
    ARC_CHALLENGE,
    HELLASWAG,
    PIQA,
    WINOGRANDE,
    BOOLQ;

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
                .orElseThrow(() -> new BadInput("task '" + word + "' is unknown; use one of "
                        + Arrays.stream(values()).map(Task::word).collect(Collectors.joining(", "))));
    }
}
