package qroar.reports.model.needle;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
 * @param controls what the found scales are compared with; of the tuned model only
 * @param beyond what scales gain over the same weights without them; null for a model without scales
 */
public record NeedleScores(
        long seed,
        int samples,
        double nll,
        List<Cell> cells,
        @Nullable Gain beyond,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Control> controls) {
    public NeedleScores {
        cells = List.copyOf(cells);
        controls = List.copyOf(controls);
    }

    /** Without controls. */
    public NeedleScores(long seed, int samples, double nll, List<Cell> cells, @Nullable Gain beyond) {
        this(seed, samples, nll, cells, beyond, List.of());
    }

    /**
     * What else than the found scales was put to the same needles, quantized; of several draws, figures are means over them.
     *
     * @param control which one
     * @param gain over the quantized model with all scales 1
     * @param tunedBeyond what the found scales gain beyond it
     */
    public record Control(
            qroar.experiments.trial.Control control, double nll, double exactMatch, Gain gain, Gain tunedBeyond) {
        /** What of the found scales' gain is this control's, and what lies beyond it. */
        public String sentence() {
            return String.format(
                    Locale.ROOT,
                    "Of the fall of the answers' loss under the found scales, %+.4f nats a token, the control %s has %+.4f"
                            + " [%+.4f, %+.4f] and the found scales beyond it %+.4f [%+.4f, %+.4f].",
                    gain.nll().mean() + tunedBeyond.nll().mean(),
                    control.word(),
                    gain.nll().mean(),
                    gain.nll().lower(),
                    gain.nll().upper(),
                    tunedBeyond.nll().mean(),
                    tunedBeyond.nll().lower(),
                    tunedBeyond.nll().upper());
        }
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
