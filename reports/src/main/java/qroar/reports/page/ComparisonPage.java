package qroar.reports.page;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import qroar.reports.best.Best;
import qroar.reports.figure.OverviewFigure;
import qroar.reports.model.DocumentSummary;
import qroar.reports.model.RunReport;
import qroar.reports.model.StudyReport;
import qroar.reports.plot.Numbers;

/**
 * Several runs side by side.
 *
 * @param warning why their figures may not be compared; null where they may
 * @param differences what is not the same in all runs: name, then one text per run
 * @param studyIds of all runs, each once
 */
public record ComparisonPage(
        List<RunReport> runs,
        @Nullable String warning,
        Map<String, List<String>> differences,
        List<String> studyIds,
        @Nullable Picture overview,
        Captions captions) {

    static ComparisonPage of(List<RunReport> runs) {
        Map<String, List<String>> differences = differences(runs);
        Set<String> ids = new LinkedHashSet<>();
        runs.forEach(run -> run.studies().forEach(study -> ids.add(study.id())));
        return new ComparisonPage(
                List.copyOf(runs),
                warning(differences),
                differences,
                List.copyOf(ids),
                Picture.of(OverviewFigure.draw(
                        "overview",
                        "Held-out gain of every study of every run",
                        OverviewFigure.OF_OBJECTIVE,
                        rows(runs))),
                new Captions());
    }

    private static List<OverviewFigure.Row> rows(List<RunReport> runs) {
        List<OverviewFigure.Row> rows = new ArrayList<>();
        for (RunReport run : runs) {
            Best best = Best.of(run.studies());
            for (StudyReport study : run.studies()) {
                rows.add(new OverviewFigure.Row(
                        run.run().name() + " / " + study.id(),
                        study.objective().heldOutGain(),
                        study.objective().heldOutControlGain(),
                        best != null && best.isScaled() && study == best.study()
                                ? OverviewFigure.Place.BEST
                                : OverviewFigure.Place.OTHER,
                        null));
            }
        }
        return rows;
    }

    private static @Nullable String warning(Map<String, List<String>> differences) {
        if (differences.containsKey("held-out documents")) {
            return "The runs were measured on different held-out documents: neither their perplexities nor their gains"
                    + " can be compared.";
        }
        if (differences.containsKey("checkpoint")) {
            return "The runs used different checkpoints: compare gains, not perplexities.";
        }
        return null;
    }

    private static Map<String, List<String>> differences(List<RunReport> runs) {
        Map<String, List<String>> all = new LinkedHashMap<>();
        all.put("fingerprint", each(runs, run -> run.run().fingerprint()));
        all.put("checkpoint", each(runs, run -> Show.brief(run.run().model().digest())));
        all.put("search documents", each(runs, run -> documents(run, DocumentSummary.Role.SEARCH)));
        all.put("held-out documents", each(runs, run -> documents(run, DocumentSummary.Role.HELD_OUT)));
        all.put("calibration documents", each(runs, run -> documents(run, DocumentSummary.Role.CALIBRATION)));
        Set<String> software = new TreeSet<>();
        runs.forEach(run -> software.addAll(run.run().versions().keySet()));
        for (String name : software) {
            all.put(name, each(runs, run -> run.run().versions().getOrDefault(name, Numbers.MISSING)));
        }
        all.put("hardware", each(runs, run -> String.join("; ", run.run().hardware())));
        all.values().removeIf(texts -> new LinkedHashSet<>(texts).size() < 2);
        return all;
    }

    private static List<String> each(List<RunReport> runs, Function<RunReport, String> text) {
        return runs.stream().map(text).toList();
    }

    private static String documents(RunReport run, DocumentSummary.Role role) {
        List<String> digests = run.run().documents().stream()
                .filter(document -> document.role() == role)
                .map(document -> document.digest()
                        .substring(0, Math.min(8, document.digest().length())))
                .toList();
        return digests.size() + ": " + String.join(" ", digests);
    }

    /** The study of that id in that run; null where it has none. */
    public @Nullable StudyReport study(RunReport run, String id) {
        return run.studies().stream()
                .filter(study -> study.id().equals(id))
                .findFirst()
                .orElse(null);
    }
}
