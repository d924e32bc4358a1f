package qroar.reports.page;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import qroar.experiments.objective.Aim;
import qroar.reports.best.Best;
import qroar.reports.figure.OverviewFigure;
import qroar.reports.model.DocumentSummary;
import qroar.reports.model.RunReport;
import qroar.reports.model.StudyReport;
import qroar.reports.plot.Numbers;

/**
 * Several runs side by side.
 *
 * @param warnings why which of their figures may not be compared
 * @param differences what is not the same in all runs: name, then one text per run
 * @param studyIds of all runs, each once
 * @param gains held-out gains, a figure for each objective that is sought
 */
public record ComparisonPage(
        List<RunReport> runs,
        List<String> warnings,
        Map<String, List<String>> differences,
        List<String> studyIds,
        List<Gains> gains,
        Captions captions) {

    /** Gains that may stand on one axis, for what they are falls of is the same. */
    public record Gains(Picture picture, String name, String caption) {}

    static ComparisonPage of(List<RunReport> runs) {
        Map<String, List<String>> differences = differences(runs);
        Set<String> ids = new LinkedHashSet<>();
        runs.forEach(run -> run.studies().forEach(study -> ids.add(study.id())));
        return new ComparisonPage(
                List.copyOf(runs),
                warnings(runs, differences),
                differences,
                List.copyOf(ids),
                gains(runs),
                new Captions());
    }

    private static List<Gains> gains(List<RunReport> runs) {
        Set<Aim> aims = aims(runs.stream().flatMap(run -> run.studies().stream()));
        List<Gains> all = new ArrayList<>();
        for (Aim aim : aims) {
            boolean alone = aims.size() == 1;
            String name = alone
                    ? "Held-out gain of every study of every run"
                    : "Held-out gain of every study with objective " + aim.text();
            String id = alone ? "overview" : "overview-" + (all.size() + 1);
            List<StudyReport> alike = runs.stream()
                    .flatMap(run -> run.studies().stream())
                    .filter(study -> study.objective().aim().equals(aim))
                    .toList();
            Picture picture = Picture.of(OverviewFigure.draw(id, name, OverviewFigure.axis(alike), rows(runs, aim)));
            if (picture != null) {
                all.add(new Gains(picture, name, caption(aim, alone)));
            }
        }
        return all;
    }

    private static String caption(Aim aim, boolean alone) {
        String studies = alone ? "every study of every run" : "every study of every run with objective " + aim.text();
        return "Held-out gain (" + (aim.asks() ? "" : "fall of ln J, ") + (aim.asks() ? aim.unit() : "nats")
                + "; positive is better) of " + studies
                + ", with its interval, and of the same scales without quantization."
                + (aim.asks() ? " What falls: " + aim.definition() + "." : "")
                + " Stars mark the scales of each run's best model.";
    }

    private static Set<Aim> aims(Stream<StudyReport> studies) {
        return studies.map(study -> study.objective().aim()).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static List<OverviewFigure.Row> rows(List<RunReport> runs, Aim aim) {
        List<OverviewFigure.Row> rows = new ArrayList<>();
        for (RunReport run : runs) {
            Best best = Best.of(run.studies());
            for (StudyReport study : run.studies()) {
                if (!study.objective().aim().equals(aim)) {
                    continue;
                }
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

    private static List<String> warnings(List<RunReport> runs, Map<String, List<String>> differences) {
        List<String> warnings = new ArrayList<>();
        if (differences.containsKey("held-out documents")) {
            warnings.add("The runs were measured on different held-out documents: neither their perplexities nor their"
                    + " gains can be compared.");
        } else if (differences.containsKey("checkpoint")) {
            warnings.add("The runs used different checkpoints: compare gains, not perplexities.");
        }
        Set<Aim> aims = aims(runs.stream().flatMap(run -> run.studies().stream()));
        if (aims.size() > 1) {
            warnings.add("Scales were searched for different objectives ("
                    + aims.stream().map(Aim::text).collect(Collectors.joining(", "))
                    + "): their gains are falls of different figures, and are not ranked; those of one objective stand in a"
                    + " figure of their own.");
        } else if (differences.containsKey("objective")) {
            warnings.add(
                    "The runs' objectives are over different lengths, weights or questions: their gains are falls of"
                            + " different figures.");
        }
        Set<Integer> targets = new TreeSet<>();
        runs.forEach(run -> {
            Best best = Best.of(run.studies());
            if (best != null) {
                targets.add(best.target().lengthTokens());
            }
        });
        if (targets.size() > 1) {
            warnings.add("The runs' perplexities are at different lengths ("
                    + targets.stream().map(Numbers::count).collect(Collectors.joining(", "))
                    + " tokens), which cannot be compared.");
        }
        return warnings;
    }

    /** Whether gains may be put in an order. */
    public boolean ranks() {
        return aims(runs.stream().flatMap(run -> run.studies().stream())).size() == 1;
    }

    /** What the largest gain of a run is the largest of, where not all studies of all runs seek the same; else null. */
    public @Nullable String compared(RunReport run, StudyReport largest) {
        if (!differences.containsKey("objective") && ranks()) {
            return null;
        }
        Aim aim = largest.objective().aim();
        boolean mixed = aims(run.studies().stream()).size() > 1;
        return (mixed ? "of the studies with objective " : "objective ") + objective(largest) + ", in " + aim.unit();
    }

    /** As the settings have it, but that perplexity is named. */
    private static String objective(StudyReport study) {
        String text = study.settings().objective();
        return study.objective().aim().asks() ? text : Aim.PERPLEXITY.text() + ", " + text;
    }

    private static Map<String, List<String>> differences(List<RunReport> runs) {
        Map<String, List<String>> all = new LinkedHashMap<>();
        all.put("fingerprint", each(runs, run -> run.run().fingerprint()));
        all.put("checkpoint", each(runs, run -> Show.brief(run.run().model().digest())));
        all.put("search documents", each(runs, run -> documents(run, DocumentSummary.Role.SEARCH)));
        all.put("held-out documents", each(runs, run -> documents(run, DocumentSummary.Role.HELD_OUT)));
        all.put("calibration documents", each(runs, run -> documents(run, DocumentSummary.Role.CALIBRATION)));
        all.put(
                "objective",
                each(
                        runs,
                        run -> run.studies().stream()
                                .map(ComparisonPage::objective)
                                .distinct()
                                .collect(Collectors.joining("; "))));
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
