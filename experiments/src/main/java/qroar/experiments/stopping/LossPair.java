package qroar.experiments.stopping;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import qroar.experiments.objective.Objective;
import qroar.experiments.objective.PlanWindows;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.EvaluationPlan;

/**
 * Full window losses of a reference and of a candidate on one plan: what a race is replayed on.
 *
 * @param reference one sum of losses per window, nats; copied
 * @param candidate the same windows; copied
 */
public record LossPair(PlanWindows plan, Objective objective, double[] reference, double[] candidate) {
    public LossPair {
        reference = reference.clone();
        candidate = candidate.clone();
    }

    @Override
    public double[] reference() {
        return reference.clone();
    }

    @Override
    public double[] candidate() {
        return candidate.clone();
    }

    /** ln J(reference) - ln J(candidate), exactly. */
    public double gain() {
        return StrictMath.log(objective.value(plan, reference)) - StrictMath.log(objective.value(plan, candidate));
    }

    /**
     * The same differences, all shifted by one constant per token so that the gain is exactly this: J changes by the same
     * factor at every length.
     */
    public LossPair withGain(double gain) {
        double shift = gain - gain();
        double[] shifted = candidate.clone();
        for (int w = 0; w < shifted.length; w++) {
            shifted[w] -= shift * plan.windows().get(w).tokens();
        }
        return new LossPair(plan, objective, reference, shifted);
    }

    /** Reference and candidate exchanged. */
    public LossPair reversed() {
        return new LossPair(plan, objective, candidate, reference);
    }

    /** The same documents, or rounds of questions, in a random order. */
    public LossPair shuffled(Random random) {
        List<Integer> order = new ArrayList<>();
        for (int d = 0; d < plan.groups(); d++) {
            order.add(d);
        }
        Collections.shuffle(order, random);
        EvaluationPlan old = plan.plan();
        List<DocumentRef> documents = new ArrayList<>();
        List<Integer> scoredFrom = new ArrayList<>();
        double[] newReference = new double[reference.length];
        double[] newCandidate = new double[candidate.length];
        int to = 0;
        for (int document : order) {
            int last = -1;
            for (int from : plan.windowsOf(document)) {
                int read = plan.windows().get(from).document();
                if (read != last) {
                    documents.add(old.documents().get(read));
                    scoredFrom.add(old.scoredFrom(read));
                    last = read;
                }
                newReference[to] = reference[from];
                newCandidate[to] = candidate[from];
                to++;
            }
        }
        PlanWindows newPlan =
                objective.windows(EvaluationPlan.withAnswers(documents, scoredFrom, old.lengths(), old.windowTokens()));
        return new LossPair(newPlan, objective, newReference, newCandidate);
    }

    /** The race of this candidate. */
    public Race race(double requiredGain) {
        return Race.of(plan, objective, reference, requiredGain);
    }
}
