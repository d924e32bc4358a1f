package qroar.experiments.attribution;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.PairedGain.LengthGain;
import qroar.experiments.search.Objective;
import qroar.experiments.search.PlanWindows;

/**
 * What the gain of tuned scales is worth and what it repairs. The control applies the same scales to unquantized weights:
 * what it gains repairs the interpolation, and only the rest of the gain repairs quantization. All figures are on
 * held-out documents.
 *
 * @param gain tuned over baseline, both quantized
 * @param controlGain control over unquantized: the part that repairs interpolation
 * @param repairedQuantization ln-objective gain minus that of the control, paired
 * @param repairedByLength the same per length of the plan, in nats per token
 * @param interpolationShare controlGain / gain of the objective; NaN when the gain's interval holds zero
 * @param quantizationLoss unquantized over baseline: what quantization costs before tuning
 * @param tunedOverUnquantized tuned, quantized, over unquantized and unscaled
 * @param shortContext tuned over baseline at the longest length within the trained window; null when none was evaluated
 * @param shortContextVerdict what that says
 * @param sentence all of this in words
 * @param notes what a reader must not overlook
 */
public record Attribution(
        PairedGain gain,
        PairedGain controlGain,
        Interval repairedQuantization,
        List<LengthGain> repairedByLength,
        double interpolationShare,
        PairedGain quantizationLoss,
        PairedGain tunedOverUnquantized,
        @Nullable LengthGain shortContext,
        ShortContext shortContextVerdict,
        String sentence,
        List<String> notes) {
    /** What tuning did to the trained window. */
    public enum ShortContext {
        /** The interval of the difference holds zero. */
        PRESERVED("was preserved"),
        HURT("was hurt"),
        IMPROVED("improved"),
        /** No length within the trained window was evaluated, or one document only. */
        UNKNOWN("was not assessed");

        private final String words;

        ShortContext(String words) {
            this.words = words;
        }
    }

    public Attribution {
        repairedByLength = List.copyOf(repairedByLength);
        notes = List.copyOf(notes);
    }

    /**
     * @param trainedWindow tokens the model was trained on
     * @param baseline losses of all held-out windows, quantized, unscaled
     * @param tuned quantized, scaled
     * @param unquantized neither
     * @param control unquantized, scaled
     */
    public static Attribution of(
            PlanWindows plan,
            Objective objective,
            int trainedWindow,
            double[] baseline,
            double[] tuned,
            double[] unquantized,
            double[] control) {
        PairedGain gain = PairedGain.of(plan, objective, baseline, tuned);
        PairedGain controlGain = PairedGain.of(plan, objective, unquantized, control);
        Interval repaired = Interval.jackknife(
                plan.documents(),
                d -> HeldOutFigures.logObjective(plan, objective, baseline, d)
                        - HeldOutFigures.logObjective(plan, objective, tuned, d)
                        - HeldOutFigures.logObjective(plan, objective, unquantized, d)
                        + HeldOutFigures.logObjective(plan, objective, control, d));
        List<LengthGain> repairedByLength = plan.plan().lengths().stream()
                .map(length -> repaired(plan, length, baseline, tuned, unquantized, control))
                .toList();
        boolean clear = gain.objective().isPositive() || gain.objective().isNegative();
        double share =
                clear ? controlGain.objective().estimate() / gain.objective().estimate() : Double.NaN;
        LengthGain shortGain = gain.lengths().stream()
                .filter(l -> l.length() <= trainedWindow)
                .reduce((a, b) -> b)
                .orElse(null);
        PairedGain loss = PairedGain.of(plan, objective, baseline, unquantized);
        PairedGain over = PairedGain.of(plan, objective, unquantized, tuned);
        ShortContext shortVerdict = verdict(shortGain);
        return new Attribution(
                gain,
                controlGain,
                repaired,
                repairedByLength,
                share,
                loss,
                over,
                shortGain,
                shortVerdict,
                sentence(gain, controlGain, repaired, share, shortGain, shortVerdict),
                notes(loss, over));
    }

    private static LengthGain repaired(
            PlanWindows plan, int length, double[] baseline, double[] tuned, double[] unquantized, double[] control) {
        List<Integer> one = List.of(length);
        return new LengthGain(
                length,
                Interval.jackknife(
                        plan.documents(),
                        d -> plan.meanNll(baseline, one, d)[0]
                                - plan.meanNll(tuned, one, d)[0]
                                - plan.meanNll(unquantized, one, d)[0]
                                + plan.meanNll(control, one, d)[0]));
    }

    private static ShortContext verdict(@Nullable LengthGain gain) {
        if (gain == null || !Double.isFinite(gain.nats().lower())) {
            return ShortContext.UNKNOWN;
        }
        if (gain.nats().isNegative()) {
            return ShortContext.HURT;
        }
        return gain.nats().isPositive() ? ShortContext.IMPROVED : ShortContext.PRESERVED;
    }

    private static String sentence(
            PairedGain gain,
            PairedGain controlGain,
            Interval repaired,
            double share,
            @Nullable LengthGain shortGain,
            ShortContext shortVerdict) {
        StringBuilder words = new StringBuilder();
        if (gain.objective().isNegative()) {
            words.append("On held-out documents the tuned scales raise the objective by ")
                    .append(percent(-gain.objective().estimate()))
                    .append(interval(gain.objective()));
        } else if (!gain.objective().isPositive()) {
            double fall = gain.objective().estimate();
            words.append("On held-out documents no gain can be told from zero: the objective ")
                    .append(fall < 0 ? "rises by " : "falls by ")
                    .append(percent(Math.abs(fall)))
                    .append(interval(gain.objective()));
        } else {
            words.append("On held-out documents the objective falls by ")
                    .append(percent(gain.objective().estimate()))
                    .append(interval(gain.objective()))
                    .append(", of which ")
                    .append(percent(controlGain.objective().estimate()))
                    .append(String.format(Locale.ROOT, " (%.0f %% of the gain)", 100 * share))
                    .append(" repairs the interpolation, as the same scales without quantization show, and ")
                    .append(percent(repaired.estimate()))
                    .append(interval(repaired))
                    .append(" the quantization");
        }
        words.append("; short context ").append(shortVerdict.words);
        if (shortGain != null) {
            words.append(String.format(
                    Locale.ROOT,
                    " (%+.4f nats per token at %d)",
                    -shortGain.nats().estimate(),
                    shortGain.length()));
        }
        return words.append('.').toString();
    }

    private static String percent(double gain) {
        return String.format(Locale.ROOT, "%.2f %%", 100 * gain);
    }

    private static String interval(Interval gain) {
        return Double.isFinite(gain.lower())
                ? String.format(
                        Locale.ROOT,
                        " (95 %% interval of the fall %.2f to %.2f %%)",
                        100 * gain.lower(),
                        100 * gain.upper())
                : " (one document: no interval)";
    }

    private static List<String> notes(PairedGain loss, PairedGain over) {
        List<String> notes = new ArrayList<>();
        if (loss.objective().estimate() < 0) {
            notes.add("The quantized model beats the unquantized one before any tuning"
                    + strength(-loss.objective().estimate(), loss.objective().isNegative()));
        }
        if (over.objective().estimate() > 0) {
            notes.add("The tuned quantized model beats the unquantized one"
                    + strength(over.objective().estimate(), over.objective().isPositive())
                    + " Compare it with the control, which has the same scales: scales that repair the interpolation"
                    + " help without quantization too.");
        }
        return notes;
    }

    private static String strength(double gain, boolean clear) {
        return " by " + percent(gain)
                + (clear ? " of the objective." : " of the objective, which cannot be told from zero.");
    }
}
