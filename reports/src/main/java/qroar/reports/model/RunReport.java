package qroar.reports.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import qroar.experiments.study.Study;
import qroar.experiments.study.StudyOutcome;

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
        // Nothing is under way in a run that was stopped, whatever a file of before says of it.
        studies = run.state() == RunState.STOPPED
                ? studies.stream().map(StudyReport::stopped).toList()
                : List.copyOf(studies);
        trials = List.copyOf(trials);
    }

    /** The same, of a run whose process ended without a word. */
    public RunReport stopped() {
        return new RunReport(run.stopped(), studies, trials, cost);
    }

    /**
     * What a run says to a reader.
     *
     * @param studies in the order of the sweep; so are {@code outcomes}
     * @param tasks scores of the study of that number, as far as they are there
     * @param trials in the order in which they were first wanted
     */
    public static RunReport of(
            RunSummary run,
            List<Study> studies,
            List<StudyOutcome> outcomes,
            IntFunction<List<TaskScore>> tasks,
            List<TrialRow> trials,
            RunCost cost) {
        Map<String, Map<String, TrialRow>> rows = new HashMap<>();
        trials.forEach(row ->
                rows.computeIfAbsent(row.study(), study -> new HashMap<>()).put(row.label(), row));
        List<StudyReport> reports = new ArrayList<>();
        for (int s = 0; s < studies.size(); s++) {
            Study study = studies.get(s);
            reports.add(
                    StudyReport.of(study, outcomes.get(s), rows.getOrDefault(study.id(), Map.of()), tasks.apply(s)));
        }
        return new RunReport(run, reports, trials, cost);
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
