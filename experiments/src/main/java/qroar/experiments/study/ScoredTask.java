package qroar.experiments.study;

import qroar.protocol.trial.EvaluationPlan;

/**
 * A task whose items the models of a study read: each of its four settings and, of needles, its controls, as trials of the study.
 *
 * @param name unique within the study and the same for the same items only, usable in a label: {@code hellaswag-5-1f2e3d4c}
 * @param plan of its items
 * @param kind what they ask
 */
public record ScoredTask(String name, EvaluationPlan plan, Kind kind) {
    /** What is asked. */
    public enum Kind {
        /** A question whose choices are compared. */
        CHOICES,
        /** What lies hidden in a long context; the controls are put to it too. */
        NEEDLES
    }

    /** Of multiple choice. */
    public ScoredTask(String name, EvaluationPlan plan) {
        this(name, plan, Kind.CHOICES);
    }

    public ScoredTask {
        if (!plan.scoresItems()) {
            throw new IllegalArgumentException("task " + name + " has no items");
        }
    }
}
