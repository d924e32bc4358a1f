package qroar.reports.page;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.reports.figure.CandidateFigure;
import qroar.reports.figure.PerplexityFigure;
import qroar.reports.model.CandidateRow;
import qroar.reports.model.StudyReport;

/**
 * A study shown in full.
 *
 * @param anchor id of its heading in the page
 * @param candidates those listed: all, or the promoted ones and as many others as fit
 */
public record StudySection(
        StudyReport study,
        String anchor,
        @Nullable Picture perplexity,
        @Nullable Picture candidatesPicture,
        List<CandidateRow> candidates) {
    private static final int MOST_CANDIDATES = 250;

    static StudySection of(StudyReport study, int number) {
        String anchor = "study-" + number;
        return new StudySection(
                study,
                anchor,
                Picture.of(PerplexityFigure.draw(anchor + "-perplexity", study)),
                Picture.of(CandidateFigure.draw(anchor + "-candidates", study)),
                listed(study.candidates()));
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
