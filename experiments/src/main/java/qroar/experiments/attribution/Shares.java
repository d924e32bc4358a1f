package qroar.experiments.attribution;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import qroar.experiments.objective.Objective;
import qroar.experiments.objective.PlanWindows;
import qroar.experiments.trial.Setting;

/**
 * The held-out gain in shares: what one scale for all bands gains, what bands gain beyond it, and what of each repairs the
 * quantization. The two add up to the whole. All figures are paired.
 *
 * @param commonScale of all bands; 1 where none gained
 * @param common what it gains
 * @param bands what the tuned scales gain beyond it
 * @param sentence all of this in words
 */
public record Shares(double commonScale, Share common, Share bands, String sentence) {
    /** From this share on, most of a gain is said to be the common scale's. */
    public static final double MOST = 0.5;

    /**
     * One share of a gain.
     *
     * @param gain in nats of ln J
     * @param ofAll gain over the whole gain; NaN where that cannot be told from zero
     * @param repaired gain less that of the same scales without quantization
     */
    public record Share(Interval gain, Interval ofAll, Interval repaired) {}

    /**
     * @param losses of all held-out windows, of every setting
     * @param common losses with the common scale, quantized
     * @param commonUnquantized the same without quantization
     */
    public static Shares of(
            PlanWindows plan,
            Objective objective,
            double commonScale,
            Map<Setting, double[]> losses,
            double[] common,
            double[] commonUnquantized) {
        double[] baseline = of(losses, Setting.BASELINE);
        double[] tuned = of(losses, Setting.TUNED);
        double[] unquantized = of(losses, Setting.UNQUANTIZED);
        double[] control = of(losses, Setting.CONTROL);
        PairedGain.Pair whole = new PairedGain.Pair(baseline, tuned);
        boolean clear = isClear(PairedGain.of(plan, objective, baseline, tuned).objective());
        Share ofCommon = share(
                plan,
                objective,
                whole,
                new PairedGain.Pair(baseline, common),
                new PairedGain.Pair(unquantized, commonUnquantized),
                clear);
        Share ofBands = share(
                plan,
                objective,
                whole,
                new PairedGain.Pair(common, tuned),
                new PairedGain.Pair(commonUnquantized, control),
                clear);
        return new Shares(
                commonScale, ofCommon, ofBands, sentence(commonScale, Arrays.equals(common, tuned), ofCommon, ofBands));
    }

    private static double[] of(Map<Setting, double[]> losses, Setting setting) {
        return Objects.requireNonNull(losses.get(setting), setting.word());
    }

    private static boolean isClear(Interval gain) {
        return gain.isPositive() || gain.isNegative();
    }

    private static Share share(
            PlanWindows plan,
            Objective objective,
            PairedGain.Pair whole,
            PairedGain.Pair quantized,
            PairedGain.Pair unquantized,
            boolean clear) {
        return new Share(
                jackknife(plan, objective, quantized::gain),
                clear
                        ? jackknife(plan, objective, figure -> quantized.gain(figure) / whole.gain(figure))
                        : new Interval(Double.NaN, Double.NaN, Double.NaN),
                jackknife(plan, objective, figure -> quantized.gainBeyond(unquantized, figure)));
    }

    @FunctionalInterface
    private interface OfFigure {
        double of(PairedGain.Figure figure);
    }

    private static Interval jackknife(PlanWindows plan, Objective objective, OfFigure statistic) {
        return Interval.jackknife(
                plan.groups(), d -> statistic.of(nll -> HeldOutFigures.logObjective(plan, objective, nll, d)));
    }

    /** @param only whether the common scale is all that was found: no band has another */
    private static String sentence(double scale, boolean only, Share common, Share bands) {
        if (scale == 1) {
            return "No one scale for all bands gained more than min-gain on the search documents: whatever is gained is the"
                    + " bands' own.";
        }
        boolean most = common.ofAll().estimate() > MOST && common.gain().isPositive();
        return (most ? "Most of the gain is one temperature: one" : "One")
                + String.format(Locale.ROOT, " scale of %.4f for all bands alone gains ", scale)
                + gain(common)
                + (only ? "; no band was given another scale, so bands add nothing." : beyond(bands));
    }

    private static String beyond(Share bands) {
        return (isClear(bands.gain())
                        ? "; what bands add beyond it is "
                        : "; what bands add beyond it cannot be told from zero: ")
                + gain(bands)
                + ".";
    }

    /** {@code +0.0505 [+0.0450, +0.0560] (95 % of the gain), of which +0.0060 [..] repairs the quantization}. */
    private static String gain(Share share) {
        String ofAll = Double.isNaN(share.ofAll().estimate())
                ? ""
                : " (" + Math.round(100 * share.ofAll().estimate()) + " % of the gain)";
        return GainWords.nats(share.gain().estimate()) + GainWords.interval(share.gain()) + ofAll + ", of which "
                + GainWords.nats(share.repaired().estimate()) + GainWords.interval(share.repaired())
                + " repairs the quantization";
    }
}
