package qroar.reports.page;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;
import qroar.experiments.trial.Standing;
import qroar.reports.figure.FactorFigure;
import qroar.reports.figure.OverviewFigure;
import qroar.reports.figure.SweepFactor;
import qroar.reports.model.DocumentSummary;
import qroar.reports.model.RunReport;
import qroar.reports.model.StudyReport;

/**
 * The page of one run.
 *
 * @param best study with the largest held-out gain
 * @param overview all studies side by side; null with fewer than two or before anything is known
 * @param factors effect of each factor of the sweep; null where nothing varies
 * @param perplexities of every model of the sweep; null with only one
 * @param sections studies shown in full, in the order of the sweep
 */
public record ReportPage(
        RunReport report,
        String headline,
        @Nullable StudyReport best,
        @Nullable Picture overview,
        @Nullable Picture factors,
        List<SweepFactor> sweepFactors,
        @Nullable PerplexityTable perplexities,
        List<StudySection> sections) {
    /** Studies shown in full at most: about 60 KB each. */
    static final int MOST_SECTIONS = 12;

    /** More notes than are read before a table. */
    static final int MANY_NOTES = 6;

    static ReportPage of(RunReport report) {
        List<StudyReport> studies = report.studies();
        List<SweepFactor> factors = SweepFactor.of(studies);
        boolean comparable = factors.stream().anyMatch(SweepFactor::isComparable);
        StudyReport best = Outcome.best(studies);
        List<OverviewFigure.Row> rows = studies.stream()
                .map(study -> new OverviewFigure.Row(
                        study.id(),
                        study.objective().heldOutGain(),
                        study.objective().heldOutControlGain(),
                        study.equals(best) ? OverviewFigure.Place.BEST : OverviewFigure.Place.OTHER))
                .toList();
        return new ReportPage(
                report,
                Outcome.headline(report),
                best,
                studies.size() < 2
                        ? null
                        : Picture.of(OverviewFigure.draw("overview", "Held-out gain of every study", rows)),
                comparable ? Picture.of(FactorFigure.draw("factors", factors)) : null,
                factors,
                PerplexityTable.of(studies),
                sections(studies));
    }

    /** Those with the largest gains, those still without one last; shown in the order of the sweep. */
    private static List<StudySection> sections(List<StudyReport> studies) {
        Set<Integer> shown = new HashSet<>();
        IntStream.range(0, studies.size())
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -rank(studies.get(i))))
                .limit(MOST_SECTIONS)
                .forEach(shown::add);
        List<StudySection> sections = new ArrayList<>();
        for (int i = 0; i < studies.size(); i++) {
            if (shown.contains(i)) {
                sections.add(StudySection.of(studies.get(i), i + 1));
            }
        }
        return sections;
    }

    private static double rank(StudyReport study) {
        Interval gain = study.objective().heldOutGain();
        return gain == null || Double.isNaN(gain.estimate()) ? Double.NEGATIVE_INFINITY : gain.estimate();
    }

    /** Anchor of a study's section, or null where it is only in the tables. */
    public @Nullable String anchor(StudyReport study) {
        return sections.stream()
                .filter(section -> section.study() == study)
                .map(StudySection::anchor)
                .findFirst()
                .orElse(null);
    }

    public boolean isBest(StudyReport study) {
        return study == best;
    }

    public long trials(Standing state) {
        return report.trials().stream().filter(trial -> trial.state() == state).count();
    }

    public List<DocumentSummary> documents(DocumentSummary.Role role) {
        return report.run().documents().stream()
                .filter(document -> document.role() == role)
                .toList();
    }

    /** Whether the notes on studies would push the outcome off the first screen: then they come after it, folded up. */
    public boolean hasManyNotes() {
        return report.notes().size() > MANY_NOTES;
    }

    /** Share of the exhaustive search's tokens that were spent; NaN where that is not known. */
    public double shareOfExhaustive() {
        Long exhaustive = report.cost().exhaustiveTokens();
        return exhaustive == null || exhaustive == 0
                ? Double.NaN
                : (double) report.cost().forwardTokens() / exhaustive;
    }
}
