package qroar.experiments.study;

import qroar.protocol.trial.EvaluationPlan;

/**
 * A task whose items the models of a study read: each of its four settings, as trials of the study.
 *
 * @param name unique within the study and the same for the same items only, usable in a label: {@code hellaswag-5-1f2e3d4c}
 * @param plan of its items
 */
public record ScoredTask(String name, EvaluationPlan plan) {
    public ScoredTask {
        if (!plan.scoresItems()) {
            throw new IllegalArgumentException("task " + name + " has no items");
        }
    }
}
