package qroar.reports.best;

import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;
import qroar.reports.model.LengthRow;
import qroar.reports.model.StudyReport;

/**
 * The model to use at the target length, which is the longest one that a held-out perplexity is known at.
 *
 * <p>Each study puts one model forward: its quantized model with its scales where they are {@linkplain Worth worth using},
 * as it is where they are not. The one with the lowest perplexity at the target length is the best; of equals the first in
 * the order of the sweep. Unquantized studies only compete where no other is: they are what the others are measured by.
 * The objective does not choose here: what somebody runs at one length is not a mean over lengths.
 *
 * @param study whose model it is
 * @param target the study's figures at the target length
 * @param worth whether its scales are part of it
 */
public record Best(StudyReport study, LengthRow target, Worth worth) {
    private static final String UNQUANTIZED = "none";

    /** Null while no held-out perplexity of a quantized model is known. */
    public static @Nullable Best of(List<StudyReport> studies) {
        int target = studies.stream()
                .flatMap(study -> study.lengths().stream())
                .filter(row -> isKnown(row.baseline()))
                .mapToInt(LengthRow::lengthTokens)
                .max()
                .orElse(0);
        List<Best> models =
                studies.stream().flatMap(study -> at(study, target).stream()).toList();
        boolean anyQuantized = models.stream().anyMatch(Best::isQuantized);
        return models.stream()
                .filter(model -> model.isQuantized() || !anyQuantized)
                .min(Comparator.comparingDouble(Best::perplexity))
                .orElse(null);
    }

    private static Optional<Best> at(StudyReport study, int tokens) {
        return study.lengths().stream()
                .filter(row -> row.lengthTokens() == tokens && isKnown(row.baseline()))
                .findFirst()
                .map(row -> new Best(study, row, Worth.of(study, row)));
    }

    /**
     * The study with the largest held-out gain of those whose gain is beyond doubt; where none is, the largest estimate.
     * Null while none is measured; of equals the first.
     */
    public static @Nullable StudyReport largestGain(List<StudyReport> studies) {
        List<StudyReport> gaining =
                studies.stream().filter(study -> gain(study) != null).toList();
        // Gains of different objectives are no more and no less than one another.
        return gaining.stream()
                .filter(study -> Objects.equals(
                        study.objective().sought(), gaining.get(0).objective().sought()))
                .max(Comparator.comparing((StudyReport study) -> known(study).isPositive())
                        .thenComparingDouble(study -> known(study).estimate())
                        .thenComparing(Comparator.comparingInt(studies::indexOf).reversed()))
                .orElse(null);
    }

    private static @Nullable Interval gain(StudyReport study) {
        Interval gain = study.objective().heldOutGain();
        return gain == null || !Double.isFinite(gain.estimate()) ? null : gain;
    }

    private static Interval known(StudyReport study) {
        return Objects.requireNonNull(gain(study));
    }

    /** Whether the model carries its study's scales. */
    public boolean isScaled() {
        return worth == Worth.WORTH_USING;
    }

    private boolean isQuantized() {
        return !study.settings().quantizer().equals(UNQUANTIZED);
    }

    /** Of the model that is put forward, at the target length. */
    public double perplexity() {
        Double figure = isScaled() ? target.tuned() : target.baseline();
        return Objects.requireNonNull(figure);
    }

    private static boolean isKnown(@Nullable Double perplexity) {
        return perplexity != null && Double.isFinite(perplexity);
    }
}
