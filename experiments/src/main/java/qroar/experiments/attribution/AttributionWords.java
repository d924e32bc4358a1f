package qroar.experiments.attribution;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Attribution.ShortContext;
import qroar.experiments.attribution.PairedGain.LengthGain;
import qroar.experiments.objective.Aim;
import qroar.protocol.statistics.GainPercent;

/**
 * An attribution in words. What falls or rises is said of J itself, in per cent of what it was; gains are nats, for only
 * they add up: the control's and what is left for quantization are the whole.
 */
final class AttributionWords {
    private AttributionWords() {}

    static String sentence(
            Aim aim,
            PairedGain gain,
            PairedGain controlGain,
            Interval repaired,
            double share,
            @Nullable LengthGain shortGain,
            ShortContext shortVerdict) {
        StringBuilder words = new StringBuilder();
        Interval objective = gain.objective();
        if (objective.isNegative()) {
            words.append("With the tuned scales ")
                    .append(aim.symbol())
                    .append(' ')
                    .append(change(aim, objective))
                    .append(" on ")
                    .append(aim.heldOut());
        } else if (!objective.isPositive()) {
            words.append(on(aim))
                    .append("no gain can be told from zero: ")
                    .append(aim.symbol())
                    .append(' ')
                    .append(change(aim, objective));
        } else {
            words.append(on(aim)).append(aim.symbol()).append(' ').append(change(aim, objective));
            words.append(", of which ")
                    .append(GainWords.nats(controlGain.objective().estimate()));
            words.append(String.format(Locale.ROOT, " (%.0f %% of the gain)", 100 * share))
                    .append(" repairs the interpolation, as the same scales without quantization show, and ")
                    .append(GainWords.nats(repaired.estimate()))
                    .append(GainWords.interval(repaired))
                    .append(" the quantization");
        }
        return words.append(shortContext(shortGain, shortVerdict)).toString();
    }

    /** What can be said where the weights are quantized in the checkpoint's files and no other checkpoint is named. */
    static String sentenceWithoutControl(
            Aim aim, PairedGain gain, @Nullable LengthGain shortGain, ShortContext shortVerdict) {
        Interval objective = gain.objective();
        String found = objective.isPositive() || objective.isNegative() ? "" : "no gain can be told from zero: ";
        return on(aim) + found + aim.symbol() + " " + change(aim, objective)
                + "; attribution is not possible, since no unquantized checkpoint is named (control)"
                + shortContext(shortGain, shortVerdict);
    }

    private static String on(Aim aim) {
        return "On " + aim.heldOut() + " ";
    }

    private static String shortContext(@Nullable LengthGain shortGain, ShortContext shortVerdict) {
        StringBuilder words = new StringBuilder();
        words.append("; short context ").append(shortVerdict.words);
        if (shortGain != null) {
            words.append(": perplexity at ")
                    .append(shortGain.length())
                    .append(" tokens ")
                    .append(GainWords.change(shortGain.nats().estimate()))
                    .append(" (PPL gain ")
                    .append(GainWords.nats(shortGain.nats().estimate()))
                    .append(" nats per token)");
        }
        return words.append('.').toString();
    }

    /** How much lower J is after a gain. */
    static String lower(Aim aim, Interval gain) {
        return String.format(
                Locale.ROOT,
                "is %.2f %% lower (gain %s %s%s)",
                GainPercent.fall(gain.estimate()),
                GainWords.nats(gain.estimate()),
                aim.unit(),
                gain.isPositive() ? "" : ", which cannot be told from zero");
    }

    /** {@code falls by 40.90 % (95 % interval 30.00 to 50.00 %), a gain of +0.5259 nats of ln J}. */
    private static String change(Aim aim, Interval gain) {
        boolean rises = gain.estimate() < 0;
        String percents = "";
        if (Double.isFinite(gain.lower())) {
            double low = rises ? GainPercent.rise(gain.upper()) : GainPercent.fall(gain.lower());
            double high = rises ? GainPercent.rise(gain.lower()) : GainPercent.fall(gain.upper());
            percents = String.format(
                    Locale.ROOT, " (%.0f %% interval %.2f to %.2f %%)", 100 * Interval.CONFIDENCE, low, high);
        } else {
            percents = " (one document: no interval)";
        }
        return GainWords.change(gain.estimate()) + percents + ", a gain of " + GainWords.nats(gain.estimate()) + " "
                + aim.unit();
    }
}
