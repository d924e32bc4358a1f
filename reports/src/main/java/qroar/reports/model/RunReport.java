package qroar.reports.model;

import java.util.List;

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
}
