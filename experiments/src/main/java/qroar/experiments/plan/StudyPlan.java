package qroar.experiments.plan;

import java.util.List;
import java.util.stream.Stream;
import qroar.experiments.study.Study;

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

    /** The same plan with more to tell about the whole of it, first. */
    public StudyPlan withNotes(List<String> texts) {
        List<PlanNote> all = Stream.concat(texts.stream().map(text -> new PlanNote("", text)), notes.stream())
                .toList();
        return new StudyPlan(studies, all);
    }
}
