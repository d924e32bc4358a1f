package qroar.experiments.attribution;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.experiments.objective.Objective;
import qroar.experiments.objective.PlanWindows;

/**
 * What one setting of the model scores on held-out documents.
 *
 * @param perplexities per length of the plan
 * @param objective J, with the interval of ln J carried over
 */
public record HeldOutFigures(List<LengthPerplexity> perplexities, Interval objective) {
    /** Perplexity of the tokens below a length. */
    public record LengthPerplexity(int length, Interval perplexity) {}

    public HeldOutFigures {
        perplexities = List.copyOf(perplexities);
    }

    /** Perplexity at a length; null where the plan has none of it. */
    public @Nullable Interval perplexity(int length) {
        return perplexities.stream()
                .filter(perplexity -> perplexity.length() == length)
                .map(LengthPerplexity::perplexity)
                .findFirst()
                .orElse(null);
    }

    /** @param nllNats losses of all windows of the plan */
    public static HeldOutFigures of(PlanWindows plan, Objective objective, double[] nllNats) {
        List<LengthPerplexity> perplexities = new ArrayList<>();
        for (int length : plan.plan().lengths()) {
            perplexities.add(new LengthPerplexity(
                    length,
                    Interval.jackknife(plan.documents(), d -> plan.meanNll(nllNats, List.of(length), d)[0])
                            .exp()));
        }
        Interval value = Interval.jackknife(plan.documents(), d -> logObjective(plan, objective, nllNats, d))
                .exp();
        return new HeldOutFigures(perplexities, value);
    }

    static double logObjective(PlanWindows plan, Objective objective, double[] nllNats, int leftOut) {
        return StrictMath.log(objective.value(plan.meanNll(nllNats, objective.lengths(), leftOut)));
    }
}
