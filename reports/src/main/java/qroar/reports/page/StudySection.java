package qroar.reports.page;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;
import qroar.experiments.objective.Aim;
import qroar.reports.figure.CandidateFigure;
import qroar.reports.figure.LayerScalesFigure;
import qroar.reports.figure.OverviewFigure;
import qroar.reports.figure.PerplexityFigure;
import qroar.reports.figure.PositionFigure;
import qroar.reports.model.CandidateRow;
import qroar.reports.model.StudyReport;
import qroar.reports.plot.Numbers;

/**
 * A study shown in full.
 *
 * @param anchor id of its heading in the page
 * @param positions loss against position; null where it is not known
 * @param documents gain of every held-out document; null where it is not known
 * @param layers scales of every group of layers; null where all layers share
 * @param candidates those listed: all, or the promoted ones and as many others as fit
 */
public record StudySection(
        StudyReport study,
        String anchor,
        @Nullable Picture perplexity,
        @Nullable Picture positions,
        @Nullable Picture documents,
        @Nullable Picture candidatesPicture,
        @Nullable Picture layers,
        List<CandidateRow> candidates) {
    private static final int MOST_CANDIDATES = 250;

    /** More rows than these say nothing that an interval over them does not. */
    private static final int MOST_DOCUMENTS = 60;

    static StudySection of(StudyReport study, int number) {
        String anchor = "study-" + number;
        return new StudySection(
                study,
                anchor,
                Picture.of(PerplexityFigure.draw(anchor + "-perplexity", study)),
                Picture.of(PositionFigure.draw(anchor + "-positions", study)),
                Picture.of(documents(anchor, study)),
                Picture.of(CandidateFigure.draw(anchor + "-candidates", study, candidate -> row(anchor, candidate))),
                Picture.of(LayerScalesFigure.draw(anchor + "-layers", study)),
                listed(study.candidates()));
    }

    private static @Nullable String documents(String anchor, StudyReport study) {
        List<OverviewFigure.Row> rows = study.heldOut().documents().stream()
                .map(document -> new OverviewFigure.Row(
                        document.name(),
                        gain(document.baseline(), document.tuned()),
                        gain(document.unquantized(), document.control()),
                        OverviewFigure.Place.OTHER,
                        null))
                .toList();
        return rows.size() < 2 || rows.size() > MOST_DOCUMENTS
                ? null
                : OverviewFigure.draw(
                        anchor + "-documents",
                        "PPL gain of every held-out document, study " + study.id(),
                        "PPL gain of the document (nats per token)",
                        rows);
    }

    /** Of one document nothing says how sure it is. */
    private static @Nullable Interval gain(@Nullable Double before, @Nullable Double after) {
        return before == null || after == null
                ? null
                : new Interval(before - after, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
    }

    /** What its J is, and what a gain of it, for a caption. */
    public String whatIsSought() {
        Aim aim = study.objective().aim();
        String gain =
                " of the quantized model before and after scaling, and the gain: the fall of ln J in nats, positive is"
                        + " better.";
        return aim.asks()
                ? "Objective J" + gain + " Sought is " + aim.text() + ": " + aim.definition()
                        + ", each answer counting once" + " and teacher-forced." + answers()
                : "Objective J" + gain;
    }

    private String answers() {
        Double before = study.objective().heldOutAnswerNllBefore();
        Double after = study.objective().heldOutAnswerNllAfter();
        return before == null || after == null
                ? ""
                : " Held-out answers lose " + Numbers.brief(before) + " nats per token before and "
                        + Numbers.brief(after) + " after.";
    }

    /** What is left out in turn for its intervals, in a sentence beside the held-out documents. */
    public String whatIntervalsAreOver() {
        Aim aim = study.objective().aim();
        if (!aim.asks()) {
            return "Intervals elsewhere are over these documents.";
        }
        return aim.readsTexts()
                ? "Intervals elsewhere are over these documents, each with its share of the questions."
                : "Intervals of perplexities are over these documents, those of J over rounds of questions.";
    }

    /** What it is searched and judged on. */
    public String read() {
        Aim aim = study.objective().aim();
        return aim.readsTexts() ? aim.asks() ? "documents and questions" : "documents" : "questions";
    }

    /** Id of a candidate's row in the table; null of one whose trial has no number. */
    public @Nullable String row(CandidateRow candidate) {
        return row(anchor, candidate);
    }

    private static @Nullable String row(String anchor, CandidateRow candidate) {
        return candidate.trial() == null ? null : anchor + "-trial-" + candidate.trial();
    }

    private static List<CandidateRow> listed(List<CandidateRow> all) {
        if (all.size() <= MOST_CANDIDATES) {
            return all;
        }
        long promoted = all.stream().filter(CandidateRow::promoted).count();
        long others = Math.max(0, MOST_CANDIDATES - promoted);
        List<CandidateRow> listed = new ArrayList<>();
        for (CandidateRow candidate : all) {
            if (candidate.promoted() || others-- > 0) {
                listed.add(candidate);
            }
        }
        return listed;
    }
}
