package qroar.reports.model;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.CandidateScore;
import qroar.experiments.search.Round;
import qroar.experiments.stopping.Verdict;
import qroar.experiments.study.StudyOutcome.CandidateOutcome;
import qroar.experiments.trial.Standing;

/**
 * One candidate of one band in one pass, compared with the incumbent at that band's start.
 *
 * @param pass from 1
 * @param band index of the band whose scale differs from the incumbent's; null in a joint search
 * @param scales the candidate's scale of every band
 * @param state how its trial stands
 * @param gainNats ln J(incumbent) - ln J(candidate) on the search documents; an estimate where it was stopped; null
 *     while nothing is known
 * @param gainUpperNats bound that the gain exceeds with probability at most alpha; null where it was measured in full
 * @param windowsMeasured windows of the plan that were measured (the stop point of a stopped one)
 * @param windowsPlanned windows of the full evaluation
 * @param looks how often the stopping rule looked
 * @param sharedKey key of the trial whose result was taken; null unless shared
 * @param promoted whether it became the incumbent
 * @param trial number of its trial; null while it is not wanted, and in files from before the key was there
 * @param figures J and the ends of the gain's interval; null unless it was measured in full
 */
public record CandidateRow(
        int pass,
        @Nullable Integer band,
        List<Double> scales,
        Standing state,
        @Nullable Double gainNats,
        @Nullable Double gainUpperNats,
        int windowsMeasured,
        int windowsPlanned,
        int looks,
        @Nullable String sharedKey,
        boolean promoted,
        @Nullable Integer trial,
        @Nullable Figures figures) {
    public CandidateRow {
        scales = List.copyOf(scales);
        if (band != null && (band < 0 || band >= scales.size())) {
            throw new IllegalArgumentException("band " + band + " of a candidate with " + scales.size() + " scales");
        }
    }

    /**
     * @param row the candidate's trial; null while it is not wanted
     * @param windowsPlanned windows of the full evaluation
     */
    static CandidateRow of(CandidateOutcome candidate, @Nullable TrialRow row, int windowsPlanned) {
        Verdict verdict = candidate.verdict();
        Standing state = row == null ? Standing.PLANNED : row.state();
        return new CandidateRow(
                candidate.pass(),
                candidate.band() == Round.ALL_BANDS ? null : candidate.band(),
                Arrays.stream(candidate.scales().scales()).boxed().toList(),
                state,
                Known.finite(verdict == null ? candidate.gain() : verdict.gainEstimate()),
                verdict == null ? null : Known.finite(verdict.gainUpperBound()),
                candidate.windowsSeen(),
                windowsPlanned,
                verdict == null ? 0 : verdict.looks(),
                row != null && state == Standing.SHARED ? row.key() : null,
                candidate.promoted(),
                row == null ? null : row.number(),
                Figures.of(candidate.score()));
    }

    /**
     * On the search documents that its round read, with intervals over documents: optimistic for a winner, which was chosen
     * by them. Ends are null where one document leaves nothing to estimate them from.
     *
     * @param objective J
     */
    public record Figures(
            double objective,
            @Nullable Double objectiveLow,
            @Nullable Double objectiveHigh,
            @Nullable Double gainLowNats,
            @Nullable Double gainHighNats) {
        static @Nullable Figures of(CandidateScore score) {
            return Double.isNaN(score.objective().estimate())
                    ? null
                    : new Figures(
                            score.objective().estimate(),
                            Double.isFinite(score.objective().upper())
                                    ? Known.finite(score.objective().lower())
                                    : null,
                            Known.finite(score.objective().upper()),
                            Known.finite(score.gain().lower()),
                            Known.finite(score.gain().upper()));
        }
    }

    /** The scale in the band that is searched, NaN in a joint search. */
    public double scale() {
        return band == null ? Double.NaN : scales.get(band);
    }
}
