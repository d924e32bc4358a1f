package qroar.experiments.attribution;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.PairedGain.LengthGain;
import qroar.experiments.objective.Aim;
import qroar.experiments.objective.Objective;
import qroar.experiments.objective.PlanWindows;
import qroar.experiments.trial.Setting;

/**
 * What the gain of tuned scales is worth and what it repairs. The control applies the same scales to unquantized weights:
 * what it gains repairs the interpolation, and only the rest of the gain repairs quantization. All figures are on
 * held-out documents.
 *
 * @param gain tuned over baseline, both quantized
 * @param controlGain control over unquantized: the part that repairs interpolation
 * @param repaired gain minus controlGain, paired: the part that repairs quantization
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
        PairedGain repaired,
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

        /** As results write it. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Attribution {
        notes = List.copyOf(notes);
    }

    /**
     * @param trainedWindow tokens the model was trained on
     * @param losses of all held-out windows, of every setting
     */
    public static Attribution of(
            PlanWindows plan, Objective objective, int trainedWindow, Map<Setting, double[]> losses) {
        double[] baseline = of(losses, Setting.BASELINE);
        double[] tuned = of(losses, Setting.TUNED);
        double[] unquantized = of(losses, Setting.UNQUANTIZED);
        double[] control = of(losses, Setting.CONTROL);
        PairedGain gain = PairedGain.of(plan, objective, baseline, tuned);
        PairedGain controlGain = PairedGain.of(plan, objective, unquantized, control);
        PairedGain repaired = PairedGain.difference(
                plan, objective, new PairedGain.Pair(baseline, tuned), new PairedGain.Pair(unquantized, control));
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
                share,
                quantizing,
                over,
                shortGain,
                shortVerdict,
                AttributionWords.sentence(
                        objective.aim(), gain, controlGain, repaired.objective(), share, shortGain, shortVerdict),
                notes(objective.aim(), quantizing, over));
    }

    /** Whether the same scales were measured without quantization. */
    public boolean hasControl() {
        return !Double.isNaN(controlGain.objective().estimate());
    }

    /** The gain alone: nothing says what it repairs. */
    public Attribution withoutControl(Aim aim) {
        PairedGain unknown = PairedGain.unknown();
        return new Attribution(
                gain,
                unknown,
                unknown,
                Double.NaN,
                unknown,
                unknown,
                shortContext,
                shortContextVerdict,
                AttributionWords.sentenceWithoutControl(aim, gain, shortContext, shortContextVerdict),
                List.of());
    }

    private static double[] of(Map<Setting, double[]> losses, Setting setting) {
        return Objects.requireNonNull(losses.get(setting), setting.word());
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

    private static List<String> notes(Aim aim, PairedGain quantizing, PairedGain over) {
        List<String> notes = new ArrayList<>();
        if (quantizing.objective().estimate() > 0) {
            notes.add("The quantized model beats the unquantized one before any tuning: its " + aim.symbol() + " "
                    + AttributionWords.lower(aim, quantizing.objective()) + ".");
        }
        if (over.objective().estimate() > 0) {
            notes.add("The tuned quantized model beats the unquantized one: its "
                    + aim.symbol() + " " + AttributionWords.lower(aim, over.objective())
                    + ". Compare it with the control, which has the same scales: scales that repair the interpolation"
                    + " help without quantization too.");
        }
        return notes;
    }
}
