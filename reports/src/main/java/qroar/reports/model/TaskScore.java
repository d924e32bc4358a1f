package qroar.reports.model;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Score of one model variant in one multiple-choice task.
 *
 * @param task {@code arc_easy}, {@code hellaswag}, ...
 * @param shots examples in the prompt
 * @param variant which of the four models
 * @param questions number of questions
 * @param accuracy share answered correctly by log-likelihood, 0..1
 * @param standardError of the accuracy
 * @param normalisedAccuracy by log-likelihood per byte of the answer; null where the task has none
 * @param normalisedStandardError of that
 */
public record TaskScore(
        String task,
        int shots,
        Variant variant,
        int questions,
        double accuracy,
        double standardError,
        @Nullable Double normalisedAccuracy,
        @Nullable Double normalisedStandardError) {
    /** The four models that a study compares. */
    public enum Variant {
        BASELINE,
        TUNED,
        UNQUANTIZED,
        CONTROL;

        @JsonValue
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
