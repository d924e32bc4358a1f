package qroar.experiments.study;

import java.util.List;

/**
 * The studies of one run, in the order of the sweep.
 *
 * @param studies ids are unique; equal definitions, facts and documents give equal plans
 * @param notes for people
 */
public record StudyPlan(List<Study> studies, List<PlanNote> notes) {
    public StudyPlan {
        studies = List.copyOf(studies);
        notes = List.copyOf(notes);
    }
}
