package qroar.experiments.definition;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A multiple-choice task that every study's four models answer once the search is over. It says nothing about
 * perplexities and is no part of a run's identity: one added to a finished run is evaluated by running that again.
 *
 * @param task {@code arc-easy}, {@code hellaswag}, ...
 * @param file its questions, one JSON object per line
 * @param labels right choices, one per line, where the task keeps them apart; or null
 * @param fewShot where answered examples come from; null: the questions themselves, never the one that is asked
 * @param shots answered examples before each question
 * @param limit only the first questions of the file; 0 for all
 */
public record TaskEvaluation(
        String task,
        Path file,
        @Nullable Path labels,
        @Nullable Path fewShot,
        int shots,
        int limit) {
    /** The words that {@code task} may be. */
    public static final List<String> TASKS =
            List.of("arc-easy", "arc-challenge", "hellaswag", "piqa", "winogrande", "boolq");
}
