package qroar.reports.page;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;
import qroar.experiments.objective.Aim;
import qroar.experiments.trial.Standing;
import qroar.reports.best.Best;
import qroar.reports.best.BestCommands;
import qroar.reports.model.DocumentSummary;
import qroar.reports.model.RunReport;
import qroar.reports.model.StudyReport;

/**
 * The page of one run.
 *
 * @param progress how far the run is; null when it is finished
 * @param answer the model to use; null while none is known
 * @param best the study it is of
 * @param largestGain study with the largest held-out gain
 * @param sweep its studies beside each other
 * @param perplexities of every model of the sweep; null with only one
 * @param sections studies shown in full, in the order of the sweep
 */
public record ReportPage(
        RunReport report,
        @Nullable String progress,
        @Nullable Answer answer,
        @Nullable Best best,
        @Nullable StudyReport largestGain,
        SweepPictures sweep,
        @Nullable PerplexityTable perplexities,
        List<StudySection> sections,
        List<DiagnosticsBlock> diagnostics,
        Captions captions) {
    /** Studies shown in full at most: about 60 KB each. */
    static final int MOST_SECTIONS = 12;

    static ReportPage of(RunReport report) {
        List<StudyReport> studies = report.studies();
        Best best = Best.of(studies);
        StudyReport largest = Best.largestGain(studies);
        return new ReportPage(
                report,
                Outcome.progress(report),
                Answer.of(report),
                best,
                largest,
                SweepPictures.of(studies, best, largest),
                PerplexityTable.of(studies),
                sections(studies, best),
                DiagnosticsBlock.allOf(studies),
                new Captions());
    }

    /** The best, those with the largest gains, those still without one last; shown in the order of the sweep. */
    private static List<StudySection> sections(List<StudyReport> studies, @Nullable Best best) {
        Set<Integer> shown = new HashSet<>();
        IntStream.range(0, studies.size())
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -rank(studies.get(i), best)))
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

    private static double rank(StudyReport study, @Nullable Best best) {
        if (best != null && study == best.study()) {
            return Double.POSITIVE_INFINITY;
        }
        Interval gain = study.objective().heldOutGain();
        return gain == null || Double.isNaN(gain.estimate()) ? Double.NEGATIVE_INFINITY : gain.estimate();
    }

    /** Gains of all studies; null with fewer than two. */
    public @Nullable Picture overview() {
        return sweep.overview();
    }

    /** What a reader of gains side by side must know where studies seek different things; begins with a space, or is empty. */
    public String ownObjectives() {
        return report.studies().stream()
                                .map(study -> study.objective().sought())
                                .distinct()
                                .count()
                        > 1
                ? " Each study is judged by what it sought: their J are different figures."
                : "";
    }

    /** Gains per level of each factor; null where nothing varies. */
    public @Nullable Picture factors() {
        return sweep.factors();
    }

    /** Found scales of all studies; null with fewer than two. */
    public @Nullable Picture bandCurves() {
        return sweep.bandCurves();
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
        return best != null && study == best.study();
    }

    public boolean isLargestGain(StudyReport study) {
        return study == largestGain && (ownObjectives().isEmpty() || comparable() != null);
    }

    /** The studies whose gains are compared, which are those that seek the same; null where there is nothing to compare. */
    public @Nullable String comparable() {
        int all = report.studies().size();
        if (largestGain == null || ownObjectives().isEmpty()) {
            return all > 1 ? all + " studies" : null;
        }
        Aim aim = largestGain.objective().aim();
        long alike = report.studies().stream()
                .filter(study -> study.objective().aim().equals(aim))
                .count();
        return alike > 1 ? alike + " studies with objective " + aim.text() : null;
    }

    /** What is said of the largest gain; null where nothing was searched, or the best model has it. */
    public @Nullable String second() {
        boolean same = best != null && best.isScaled() && best.study() == largestGain;
        return same ? null : Outcome.largestGain(report);
    }

    /** The command that writes the model of the largest gain; null where that is the best, or not beyond doubt. */
    public @Nullable String secondCommand() {
        Interval gain = largestGain == null ? null : largestGain.objective().heldOutGain();
        return largestGain == null || gain == null || !gain.isPositive() || second() == null
                ? null
                : BestCommands.ofStudy(report, largestGain);
    }

    /** Of the run and of its studies. */
    public int noteCount() {
        return report.run().notes().size() + report.notes().size();
    }

    public long trials(Standing state) {
        return report.trials().stream().filter(trial -> trial.state() == state).count();
    }

    public List<DocumentSummary> documents(DocumentSummary.Role role) {
        return report.run().documents().stream()
                .filter(document -> document.role() == role)
                .toList();
    }

    /** Share of the exhaustive search's tokens that were spent; NaN where that is not known. */
    public double shareOfExhaustive() {
        Long exhaustive = report.cost().exhaustiveTokens();
        return exhaustive == null || exhaustive == 0
                ? Double.NaN
                : (double) report.cost().searchTokens() / exhaustive;
    }
}
