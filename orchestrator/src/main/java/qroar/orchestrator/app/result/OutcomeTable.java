package qroar.orchestrator.app.result;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.GainWords;
import qroar.experiments.attribution.Interval;
import qroar.experiments.objective.Aim;
import qroar.orchestrator.console.Columns;
import qroar.reports.best.Best;
import qroar.reports.best.BestCommands;
import qroar.reports.best.BestWords;
import qroar.reports.model.LengthRow;
import qroar.reports.model.ObjectiveOutcome;
import qroar.reports.model.RunReport;
import qroar.reports.model.StudyReport;
import qroar.reports.model.TaskScore;
import qroar.reports.model.needle.NeedleScores;

/** The outcome of a run as a few lines of text. */
public final class OutcomeTable {
    private OutcomeTable() {}

    /** Held-out perplexities per study and length, paired gains with their intervals, and what they repair. */
    public static List<String> lines(RunReport report) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "study (held-out perplexity)",
                "length",
                "quantized",
                "tuned",
                "PPL gain [95 %]",
                "unquantized",
                "control",
                "its PPL gain"));
        for (StudyReport study : report.studies()) {
            for (LengthRow row : study.lengths()) {
                rows.add(List.of(
                        study.id(),
                        String.valueOf(row.lengthTokens()),
                        number(row.baseline()),
                        number(row.tuned()),
                        gain(row.tunedPplGain(), true),
                        number(row.unquantized()),
                        number(row.control()),
                        gain(row.controlPplGain(), false)));
            }
        }
        List<String> lines = new ArrayList<>(Columns.of(rows));
        lines.add("PPL gain: fall of ln perplexity at that length, nats per token; positive is better.");
        lines.add("gain: fall of ln J on held-out documents, nats; positive is better.");
        report.studies().stream()
                .map(study -> study.objective().aim())
                .filter(Aim::asks)
                .distinct()
                .forEach(aim -> lines.add(aim.symbol() + ": " + aim.definition() + ", on " + aim.heldOut() + "."));
        for (StudyReport study : report.studies()) {
            if (!study.settings().searches()) {
                continue;
            }
            lines.add("");
            lines.add(study.id() + ": scales " + scales(study));
            ObjectiveOutcome objective = study.objective();
            if (objective.heldOutGain() != null) {
                lines.add("  gain " + gain(objective.heldOutGain(), true) + ", "
                        + objective.aim().symbol() + " "
                        + GainWords.change(objective.heldOutGain().estimate())
                        + (objective.heldOutControlGain() == null
                                ? ""
                                : "; control " + gain(objective.heldOutControlGain(), false)));
            }
            if (study.attribution() != null) {
                lines.add("  " + study.attribution());
            }
            if (study.shares() != null) {
                lines.add("  " + study.shares().sentence());
            }
            study.controls()
                    .forEach(control ->
                            lines.add("  control " + control.control().word() + ": gain "
                                    + gain(control.gain(), true) + ", tuned beyond it "
                                    + gain(control.tunedBeyondGain(), true)));
            addNeedles(lines, study);
            study.notes().forEach(note -> lines.add("  note: " + note));
        }
        if (report.studies().stream().anyMatch(study -> !study.settings().searches())) {
            lines.add("");
            report.notes()
                    .forEach((note, studies) -> lines.add("note: " + note + " (" + studies.size() + " of "
                            + report.studies().size() + " studies)"));
        }
        addBest(lines, report);
        report.run().failures().forEach(f -> lines.add("failed: " + f.study() + " " + f.trial() + ": " + f.cause()));
        return lines;
    }

    private static void addNeedles(List<String> lines, StudyReport study) {
        for (TaskScore score : study.tasks()) {
            NeedleScores needles = score.needles();
            for (NeedleScores.Control control :
                    needles == null ? List.<NeedleScores.Control>of() : needles.controls()) {
                lines.add("  " + score.task() + ", control " + control.control().word() + ": loss falls by "
                        + words(control.gain().nll()) + " nats a token, tuned beyond it "
                        + words(control.tunedBeyond().nll()));
            }
        }
    }

    private static String words(NeedleScores.Difference difference) {
        return String.format(
                Locale.ROOT, "%+.4f [%+.4f, %+.4f]", difference.mean(), difference.lower(), difference.upper());
    }

    /** What to use, by the definition that page and export share. */
    private static void addBest(List<String> lines, RunReport report) {
        Best best = Best.of(report.studies());
        if (best == null) {
            return;
        }
        lines.add("");
        lines.add("best: " + BestWords.model(best) + ": " + BestWords.figures(best));
        String none = BestWords.whyNoScales(best);
        if (none != null) {
            lines.add("  no scales are worth using: " + none);
        }
        String command = BestCommands.best(report, best);
        if (command != null) {
            lines.add("  " + command);
        }
        StudyReport largest = Best.largestGain(report.studies());
        if (largest == null || best.isScaled() && largest == best.study()) {
            return;
        }
        Interval gain = largest.objective().heldOutGain();
        boolean proven = gain != null && gain.isPositive();
        lines.add((proven
                        ? "largest gain: "
                        : "no study gains on held-out documents beyond doubt; the largest estimate is that of ")
                + BestWords.gain(largest));
        String other = proven ? BestCommands.ofStudy(report, largest) : null;
        if (other != null) {
            lines.add("  " + other);
        }
    }

    /** Of band after band; of several groups of layers, one after the other. */
    private static String scales(StudyReport study) {
        return String.join(
                " | ",
                study.bandsByLayers().stream()
                        .map(group -> String.join(
                                " ",
                                group.stream().map(band -> number(band.scale())).toList()))
                        .toList());
    }

    private static String number(@Nullable Double value) {
        return value == null ? "-" : String.format(Locale.ROOT, "%.4f", value);
    }

    private static String gain(@Nullable Interval gain, boolean withInterval) {
        if (gain == null) {
            return "-";
        }
        return GainWords.nats(gain.estimate()) + (withInterval ? GainWords.interval(gain) : "");
    }
}
