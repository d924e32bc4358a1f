package qroar.reports.page;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;
import qroar.reports.best.Best;
import qroar.reports.best.BestCommands;
import qroar.reports.best.BestWords;
import qroar.reports.model.LengthRow;
import qroar.reports.model.ObjectiveOutcome;
import qroar.reports.model.RunReport;
import qroar.reports.model.ShareFigures;
import qroar.reports.model.StudyReport;
import qroar.reports.plot.Numbers;

/**
 * What somebody came to a report for: the model to use, what it is measured by, the command that makes it.
 *
 * @param model quantizer and RoPE scaling
 * @param scales with which scales; null for none
 * @param cards its figures
 * @param whyNoScales why none are put forward; null where some are
 * @param remark what else decides whether bands are needed; null for nothing
 * @param command that writes it; null while the run is not finished
 */
public record Answer(
        String model,
        @Nullable String scales,
        List<Card> cards,
        @Nullable String whyNoScales,
        @Nullable String remark,
        @Nullable String command) {
    public Answer {
        cards = List.copyOf(cards);
    }

    /**
     * One figure.
     *
     * @param label what it is
     * @param value in large print
     * @param verdict class of the value
     * @param remark in small print
     */
    public record Card(String label, String value, String verdict, String remark) {}

    /** Null while no held-out perplexity is known. */
    static @Nullable Answer of(RunReport report) {
        Best best = Best.of(report.studies());
        if (best == null) {
            return null;
        }
        StudyReport study = best.study();
        LengthRow at = best.target();
        List<Card> cards = new ArrayList<>();
        cards.add(new Card(
                "perplexity at " + Numbers.count(at.lengthTokens()) + " tokens",
                Numbers.perplexity(best.perplexity()),
                "",
                "on held-out documents"));
        if (best.isScaled()) {
            cards.add(againstUnscaled(at, study.objective()));
        }
        if (at.unquantized() != null && !study.settings().quantizer().equals("none")) {
            cards.add(againstUnquantized(best, at.unquantized()));
        }
        if (best.isScaled()) {
            String repairs = BestWords.repairs(study);
            cards.add(new Card(
                    "the scales repair",
                    repairs == null ? Numbers.MISSING : repairs,
                    "words",
                    control(study.objective())));
        }
        return new Answer(
                study.settings().quantizer() + " under " + study.settings().rope(),
                best.isScaled() ? study.id() : null,
                cards,
                Show.typeset(BestWords.whyNoScales(best)),
                best.isScaled() ? ofOneTemperature(study.shares()) : null,
                BestCommands.best(report, best));
    }

    /** What of the gain is one scale for all bands, where that is most of it or not known; else null. */
    private static @Nullable String ofOneTemperature(@Nullable ShareFigures shares) {
        if (shares == null) {
            return Show.SHARES_UNKNOWN;
        }
        return shares.isMostlyCommon() ? Show.typeset(shares.sentence()) : null;
    }

    private static Card againstUnscaled(LengthRow at, ObjectiveOutcome objective) {
        Interval gain = at.tunedPplGain();
        String before = Numbers.perplexity(at.baseline()) + " before";
        return new Card(
                "against the same model unscaled",
                gain == null ? Numbers.MISSING : Show.signedPercent(gain.estimate()),
                Show.verdict(gain),
                gain == null
                        ? before
                        : before + "; 95 % interval " + Show.percentInterval(gain) + "; "
                                + objective.aim().symbol() + " " + Show.change(objective.heldOutGain()));
    }

    private static Card againstUnquantized(Best best, double unquantized) {
        double gain = Math.log(unquantized) - Math.log(best.perplexity());
        return new Card(
                "against the unquantized model",
                Show.signedPercent(gain),
                "",
                Numbers.perplexity(unquantized) + " unquantized, unscaled");
    }

    private static String control(ObjectiveOutcome objective) {
        Interval gain = objective.heldOutControlGain();
        return gain == null
                ? "the control is not measured"
                : "without quantization they change " + objective.aim().symbol() + " by "
                        + Show.signedPercent(gain.estimate());
    }
}
