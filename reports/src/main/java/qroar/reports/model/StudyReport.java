package qroar.reports.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One point of the sweep and what came of it.
 *
 * @param id unique in the run, usable as a file name
 * @param state how it stands
 * @param settings what makes it this study
 * @param bands in the order of falling frequency
 * @param candidates every candidate that was compared, in the order of the search
 * @param lengths held-out figures per context length, rising
 * @param objective before and after
 * @param tasks multiple-choice scores, empty where none were asked for
 * @param attribution one sentence: what the gain repairs; null until the control is measured
 * @param notes what a reader must know: a quantized model that beats the unquantized one, a no-op, a winner on an edge
 */
public record StudyReport(
        String id,
        StudyState state,
        StudySettings settings,
        List<BandReport> bands,
        List<CandidateRow> candidates,
        List<LengthRow> lengths,
        ObjectiveOutcome objective,
        List<TaskScore> tasks,
        @Nullable String attribution,
        List<String> notes) {
    public StudyReport {
        bands = List.copyOf(bands);
        candidates = List.copyOf(candidates);
        lengths = List.copyOf(lengths);
        tasks = List.copyOf(tasks);
        notes = List.copyOf(notes);
    }
}
