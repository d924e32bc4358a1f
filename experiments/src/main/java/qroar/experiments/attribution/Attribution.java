package qroar.experiments.attribution;

import java.util.ArrayList;
import java.util.List;
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
 * @param repairedByLength the same of ln PPL, per length of the plan, in nats per token
 * @param interpolationShare controlGain / gain of the objective; NaN when the gain's interval holds zero
 * @param quantizing baseline over unquantized: negative where quantization costs something before tuning
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
        PairedGain quantizing,
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

        final String words;

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
        PairedGain quantizing = PairedGain.of(plan, objective, unquantized, baseline);
        PairedGain over = PairedGain.of(plan, objective, unquantized, tuned);
        ShortContext shortVerdict = verdict(shortGain);
        return new Attribution(
                gain,
                controlGain,
                repaired,
                repairedByLength,
                share,
                quantizing,
                over,
                shortGain,
                shortVerdict,
                AttributionWords.sentence(gain, controlGain, repaired, share, shortGain, shortVerdict),
                notes(quantizing, over));
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

    private static List<String> notes(PairedGain quantizing, PairedGain over) {
        List<String> notes = new ArrayList<>();
        if (quantizing.objective().estimate() > 0) {
            notes.add("The quantized model beats the unquantized one before any tuning: its J "
                    + AttributionWords.lower(quantizing.objective()) + ".");
        }
        if (over.objective().estimate() > 0) {
            notes.add("The tuned quantized model beats the unquantized one: its J "
                    + AttributionWords.lower(over.objective())
                    + ". Compare it with the control, which has the same scales: scales that repair the interpolation"
                    + " help without quantization too.");
        }
        return notes;
    }
}
