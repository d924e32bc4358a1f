package qroar.workers.tasks;

import java.util.List;

/**
 * Shares of questions answered rightly, with the standard errors of lm-evaluation-harness: sqrt(p (1 - p) / (n - 1)),
 * NaN for a single question.
 *
 * @param questions n
 * @param accuracy {@code acc}: the likeliest choice is right
 * @param accuracyStandardError of it
 * @param normalised {@code acc_norm}: the likeliest choice per byte of its answer is right
 * @param normalisedStandardError of it
 */
public record TaskAccuracy(
        int questions,
        double accuracy,
        double accuracyStandardError,
        double normalised,
        double normalisedStandardError) {
    /** @throws IllegalArgumentException when there are none */
    public static TaskAccuracy of(List<ScoredQuestion> scored) {
        int n = scored.size();
        if (n == 0) {
            throw new IllegalArgumentException("no questions were scored");
        }
        double accuracy =
                (double) scored.stream().filter(ScoredQuestion::isRight).count() / n;
        double normalised =
                (double) scored.stream().filter(ScoredQuestion::isRightPerByte).count() / n;
        return new TaskAccuracy(n, accuracy, standardError(accuracy, n), normalised, standardError(normalised, n));
    }

    private static double standardError(double share, int n) {
        return n == 1 ? Double.NaN : Math.sqrt(share * (1 - share) / (n - 1));
    }
}
