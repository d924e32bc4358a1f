package qroar.reports.model.needle;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;
import qroar.experiments.statistics.StudentT;

/**
 * One model's losses and exact matches in a needle task, teacher-forced.
 *
 * @param seed of the questions
 * @param samples of each length and depth
 * @param nll mean of the answers' losses per token, nats; each answer counts once
 * @param cells length by length, the depths of each in order
 * @param beyond what scales gain over the same weights without them; null for a model without scales
 */
public record NeedleScores(
        long seed,
        int samples,
        double nll,
        List<Cell> cells,
        @Nullable Gain beyond) {
    public NeedleScores {
        cells = List.copyOf(cells);
    }

    /**
     * Means over the questions of a length and depth.
     *
     * @param depthPercent null where it was drawn
     * @param exactMatch share of answers every token of which was the likeliest
     */
    public record Cell(int lengthTokens, @Nullable Double depthPercent, double nll, double exactMatch) {}

    /**
     * Paired by question, positive where scales are better.
     *
     * @param nll fall of the loss per token
     * @param exactMatch rise of the share
     */
    public record Gain(Difference nll, Difference exactMatch) {}

    /**
     * A mean difference with its confidence interval (Student's t over questions); bounds are null in JSON for fewer than two.
     *
     * @param confidence two-sided
     */
    public record Difference(double mean, double lower, double upper, double confidence) {
        /** Of the questions' differences. */
        public static Difference of(double[] values) {
            int n = values.length;
            double mean = 0;
            for (double value : values) {
                mean += value / n;
            }
            double squares = 0;
            for (double value : values) {
                squares += (value - mean) * (value - mean);
            }
            double reach = n < 2
                    ? Double.POSITIVE_INFINITY
                    : StudentT.upperQuantile((1 - Interval.CONFIDENCE) / 2, n - 1.0) * Math.sqrt(squares / (n - 1) / n);
            return new Difference(mean, mean - reach, mean + reach, Interval.CONFIDENCE);
        }
    }

    /** Context lengths, in order. */
    public List<Integer> lengths() {
        return new ArrayList<>(cells.stream().map(Cell::lengthTokens).distinct().toList());
    }

    /** Depths in order; one that is null where they were drawn. */
    public List<@Nullable Double> depths() {
        List<@Nullable Double> depths = new ArrayList<>();
        for (Cell cell : cells) {
            if (!depths.contains(cell.depthPercent())) {
                depths.add(cell.depthPercent());
            }
        }
        return depths;
    }

    /** The cell of a length and depth. */
    public Cell cell(int lengthTokens, @Nullable Double depthPercent) {
        return cells.stream()
                .filter(cell -> cell.lengthTokens() == lengthTokens)
                .filter(cell -> Objects.equals(cell.depthPercent(), depthPercent))
                .findFirst()
                .orElseThrow();
    }
}
