package qroar.reports.page;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.experiments.trial.Control;
import qroar.protocol.spec.SpecWriter;
import qroar.reports.model.TaskScore;
import qroar.reports.model.needle.NeedleScores;
import qroar.reports.plot.Numbers;

/**
 * A needle task of a study as a heat map: a line for each model and depth, a column for each length.
 *
 * @param task its spec
 * @param models those that were measured
 */
public record NeedleHeat(String task, List<Model> models) {
    /** Shades of a cell, from certainly wrong to certainly right. */
    private static final int SHADES = 9;

    public NeedleHeat {
        models = List.copyOf(models);
    }

    /** A model and what it found. */
    public record Model(String name, NeedleScores scores) {}

    /** Those of a study, in order. */
    public static List<NeedleHeat> of(List<TaskScore> scores) {
        Map<String, List<Model>> byTask = new LinkedHashMap<>();
        for (TaskScore score : scores) {
            NeedleScores needles = score.needles();
            if (needles != null) {
                byTask.computeIfAbsent(score.task(), task -> new ArrayList<>())
                        .add(new Model(score.variant().word(), needles));
            }
        }
        return byTask.entrySet().stream()
                .map(entry -> new NeedleHeat(entry.getKey(), entry.getValue()))
                .toList();
    }

    /** The multiple-choice tasks among them. */
    public static List<TaskScore> others(List<TaskScore> scores) {
        return scores.stream().filter(score -> score.needles() == null).toList();
    }

    /** Of the first model; all have the same. */
    public NeedleScores first() {
        return models.get(0).scores();
    }

    /** What the found scales are compared with; none where nothing was, or not all of it is measured. */
    public List<NeedleScores.Control> controls() {
        return models.stream()
                .flatMap(model -> model.scores().controls().stream())
                .toList();
    }

    /** How much of what scales gain is one scale for all bands, in words; null where it was not measured. */
    public @Nullable String attribution() {
        return controls().stream()
                .filter(control -> control.control() == Control.COMMON)
                .map(common -> Show.typeset(common.sentence()))
                .findFirst()
                .orElse(null);
    }

    /** The class that gives a cell its colour, by the mean probability of a token, exp(-nll): {@code heat0} to {@code heat8}. */
    public static String shade(NeedleScores.Cell cell) {
        double right = Double.isNaN(cell.nll()) ? 0 : Math.exp(-Math.max(0, cell.nll()));
        return "heat" + (int) Math.min(SHADES - 1.0, Math.floor(right * SHADES));
    }

    /** Nats a token, to two digits. */
    public static String loss(NeedleScores.Cell cell) {
        return Double.isNaN(cell.nll()) ? Numbers.MISSING : String.format(Locale.ROOT, "%.2f", cell.nll());
    }

    /** {@code 50 %}, or {@code drawn}. */
    public static String depth(@Nullable Double percent) {
        return percent == null ? "drawn" : SpecWriter.number(percent) + " %";
    }

    /** {@code +0.2500 [+0.1000, +0.4000]}; bounds are left out where one question says nothing of scatter. */
    public static String difference(NeedleScores.Difference difference) {
        String mean = Numbers.nats(difference.mean());
        boolean bounded = Double.isFinite(difference.lower()) && Double.isFinite(difference.upper());
        return bounded
                ? mean + " [" + Numbers.nats(difference.lower()) + ", " + Numbers.nats(difference.upper()) + "]"
                : mean;
    }
}
