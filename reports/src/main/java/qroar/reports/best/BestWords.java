package qroar.reports.best;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.GainWords;
import qroar.experiments.attribution.Interval;
import qroar.protocol.statistics.GainPercent;
import qroar.reports.model.LengthRow;
import qroar.reports.model.RepairFigures;
import qroar.reports.model.StudyReport;
import qroar.reports.plot.Numbers;

/** The best model in sentences of plain text, the same wherever they are read. */
public final class BestWords {
    private BestWords() {}

    /** The model to use: {@code rtn:bits=2,group=32 under yarn:factor=4 with the scales of 01-yarn4-rtn}. */
    public static String model(Best best) {
        return best.study().settings().quantizer() + " under "
                + best.study().settings().rope()
                + (best.isScaled() ? " with the scales of " + best.study().id() : " without scales");
    }

    /** Its perplexity, and what it is measured by. */
    public static String figures(Best best) {
        LengthRow at = best.target();
        StringBuilder words = new StringBuilder("perplexity ")
                .append(number(best.perplexity()))
                .append(" at ")
                .append(at.lengthTokens())
                .append(" tokens");
        if (best.isScaled()) {
            Interval gain = at.tunedPplGain();
            words.append(", ").append(number(at.baseline())).append(" unscaled");
            if (gain != null && Double.isFinite(gain.estimate())) {
                words.append(" (").append(percent(gain)).append(')');
            }
        }
        Double unquantized = at.unquantized();
        if (unquantized != null && !best.study().settings().quantizer().equals("none")) {
            words.append(", ").append(number(unquantized)).append(" unquantized");
        }
        return words.toString();
    }

    /** By how much a figure falls or rises, with its interval: {@code falls by 4.07 %, 95 % interval 3.40 to 4.73 %}. */
    public static String percent(Interval gain) {
        boolean rises = gain.estimate() < 0;
        double low = rises ? GainPercent.rise(gain.upper()) : GainPercent.fall(gain.lower());
        double high = rises ? GainPercent.rise(gain.lower()) : GainPercent.fall(gain.upper());
        return GainWords.change(gain.estimate())
                + (Double.isFinite(gain.lower()) && Double.isFinite(gain.upper())
                        ? String.format(Locale.ROOT, ", 95 %% interval %.2f to %.2f %%", low, high)
                        : "");
    }

    /** Why no scales are put forward, as what follows a colon; null where there are some. */
    public static @Nullable String whyNoScales(Best best) {
        String id = best.study().id();
        return switch (best.worth()) {
            case WORTH_USING -> null;
            case NOT_SEARCHED -> "none were searched for by " + id;
            case UNKNOWN -> "the gain of " + id + " on held-out documents is not measured";
            case UNSCALED -> "the search of " + id + " found none that gain more than its smallest gain";
            case DOUBTFUL -> gainOf(best.study()) + ", cannot be told from zero";
            case LOSS -> gainOf(best.study()) + ", is a loss";
            case LOSS_AT_TARGET ->
                gainOf(best.study()) + ", is paid at " + best.target().lengthTokens()
                        + " tokens, where perplexity rises";
        };
    }

    private static String gainOf(StudyReport study) {
        Interval gain = study.objective().heldOutGain();
        return "the held-out gain of " + study.id()
                + (gain == null
                        ? ""
                        : ", " + GainWords.nats(gain.estimate()) + GainWords.interval(gain) + " "
                                + study.objective().aim().unit());
    }

    /** A study's gain in per cent of J, with its interval, its perplexity at its longest length, and what is repaired. */
    public static String gain(StudyReport study) {
        Interval gain = study.objective().heldOutGain();
        StringBuilder words = new StringBuilder(study.id())
                .append(": ")
                .append(study.objective().aim().symbol())
                .append(' ');
        words.append(gain == null ? "is not measured" : percent(gain));
        LengthRow row = study.lengths().isEmpty()
                ? null
                : study.lengths().get(study.lengths().size() - 1);
        if (row != null && row.baseline() != null && row.tuned() != null) {
            words.append("; perplexity at ").append(row.lengthTokens()).append(" tokens from ");
            words.append(number(row.baseline())).append(" to ").append(number(row.tuned()));
        }
        String repairs = repairs(study);
        if (repairs != null) {
            words.append("; repairs ").append(repairs);
        }
        return words.toString();
    }

    /** What the scales repair, in a word or two; null where it is not known. */
    public static @Nullable String repairs(StudyReport study) {
        RepairFigures repair = study.repair();
        Double share = repair == null ? null : repair.interpolationShare();
        if (share == null || !Double.isFinite(share)) {
            return null;
        }
        long interpolation = Math.round(100 * share);
        if (interpolation <= 0) {
            return "the quantization";
        }
        return interpolation >= 100
                ? "the interpolation"
                : 100 - interpolation + " % the quantization, " + interpolation + " % the interpolation";
    }

    private static String number(@Nullable Double value) {
        return value == null ? "-" : Numbers.perplexity(value);
    }
}
