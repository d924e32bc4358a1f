package qroar.reports.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Everything a report of one run shows.
 *
 * @param run what was run, on what, and how it stands
 * @param studies in the order of the sweep
 * @param trials in the order in which they were first wanted
 * @param cost what it took, and what was saved
 */
public record RunReport(RunSummary run, List<StudyReport> studies, List<TrialRow> trials, RunCost cost) {
    public RunReport {
        studies = List.copyOf(studies);
        trials = List.copyOf(trials);
    }

    /** What studies note, each note once, with the studies that it is from; in the order of the sweep. */
    public Map<String, List<String>> notes() {
        Map<String, List<String>> notes = new LinkedHashMap<>();
        for (StudyReport study : studies) {
            for (String note : study.notes()) {
                notes.computeIfAbsent(note, text -> new ArrayList<>()).add(study.id());
            }
        }
        return Collections.unmodifiableMap(notes);
    }
}
