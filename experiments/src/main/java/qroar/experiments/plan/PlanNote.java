package qroar.experiments.plan;

/**
 * Something a person should know about a plan: what was adapted, left out, or cannot have an effect.
 *
 * @param studyId the study it is about, or empty when it is about the whole plan
 * @param text one sentence
 */
public record PlanNote(String studyId, String text) {
    @Override
    public String toString() {
        return studyId.isEmpty() ? text : studyId + ": " + text;
    }
}
