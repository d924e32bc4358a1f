package qroar.workers.needle;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Means over questions, each with its standard error: that of the sample mean, sqrt(variance / n), NaN for a single question.
 *
 * @param questions n
 * @param nll of the answers' losses per token, each answer counting once
 * @param exactMatch share of answers every token of which was the likeliest
 * @param stringMatch of RULER's score of what was generated; its mean is NaN when nothing was
 */
public record NeedleFigures(int questions, Mean nll, Mean exactMatch, Mean stringMatch) {
    /** A mean and its standard error. */
    public record Mean(double value, double standardError) {
        /** Of some numbers, at least one. */
        public static Mean of(List<Double> values) {
            int n = values.size();
            double mean = values.stream().mapToDouble(v -> v).sum() / n;
            double squares =
                    values.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum();
            return new Mean(mean, Math.sqrt(squares / (n - 1) / n));
        }
    }

    /** @throws IllegalArgumentException when there are none */
    public static NeedleFigures of(List<NeedleScore> scores) {
        if (scores.isEmpty()) {
            throw new IllegalArgumentException("no questions were scored");
        }
        return new NeedleFigures(
                scores.size(),
                mean(scores, NeedleScore::meanNats),
                mean(scores, score -> score.isExact() ? 1 : 0),
                mean(scores, NeedleScore::stringMatch));
    }

    private static Mean mean(List<NeedleScore> scores, ToDoubleFunction<NeedleScore> figure) {
        return Mean.of(scores.stream().map(figure::applyAsDouble).toList());
    }
}
