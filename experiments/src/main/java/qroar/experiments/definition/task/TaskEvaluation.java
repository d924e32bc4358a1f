package qroar.experiments.definition.task;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.needle.NeedleTask;
import qroar.protocol.needle.NeedleTasks;

/**
 * A task that every study's four models answer once the search is over: multiple choice, or needles in haystacks. It says
 * nothing about perplexities and is no part of a run's identity: one added to a finished run is evaluated by running that again.
 *
 * @param task {@code arc-easy}, {@code hellaswag}, ..., or the canonical text of a {@link NeedleTask}
 * @param file its questions, one JSON object per line; null for needles
 * @param labels right choices, one per line, where the task keeps them apart; or null
 * @param fewShot where answered examples come from; null: the questions themselves, never the one that is asked
 * @param shots answered examples before each question
 * @param limit only the first questions of the file; 0 for all
 * @param needles what is hidden and where; null for multiple choice
 */
public record TaskEvaluation(
        String task,
        @Nullable Path file,
        @Nullable Path labels,
        @Nullable Path fewShot,
        int shots,
        int limit,
        @Nullable Needles needles) {
    /** The words that {@code task} may be for multiple choice. */
    public static final List<String> TASKS =
            List.of("arc-easy", "arc-challenge", "hellaswag", "piqa", "winogrande", "boolq");

    /** Whether this names a multiple-choice task: by our word, or as lm-evaluation-harness does ({@code arc_easy}). */
    public static boolean isNamed(String name) {
        return TASKS.contains(wordOf(name));
    }

    /** Our word for a task, so that both names of one are the same evaluation. */
    public static String wordOf(String name) {
        return name.replace('_', '-');
    }

    /**
     * Questions of a needle task, {@code samples} for each length and depth.
     *
     * @param haystack texts of the user's, where the task hides its needles in one
     * @param lengths in tokens, what may be generated included
     * @param depthsPercent of the needle; empty where they are drawn
     * @param seed of all of it
     */
    public record Needles(
            NeedleTask task,
            List<Path> haystack,
            List<Integer> lengths,
            List<Double> depthsPercent,
            int samples,
            long seed) {
        public Needles {
            haystack = List.copyOf(haystack);
            lengths = List.copyOf(lengths);
            depthsPercent = List.copyOf(depthsPercent);
        }
    }

    /** Needles in haystacks. */
    public static TaskEvaluation of(Needles needles) {
        return new TaskEvaluation(NeedleTasks.format(needles.task()), null, null, null, 0, 0, needles);
    }

    /** @throws IllegalStateException where there is none */
    public Path questions() {
        if (file == null) {
            throw new IllegalStateException("task " + task + " has no file of questions");
        }
        return file;
    }
}
