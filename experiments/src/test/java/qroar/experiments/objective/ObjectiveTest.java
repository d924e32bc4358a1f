package qroar.experiments.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.EvaluationPlan;

class ObjectiveTest {
    private static PlanWindows plan(int... tokens) {
        List<DocumentRef> documents = IntStream.of(tokens)
                .mapToObj(t -> new DocumentRef("d" + t, "d" + t, t))
                .toList();
        return new PlanWindows(new EvaluationPlan(documents, List.of(8, 16, 32), 4));
    }

    @Test
    void meanLossesWeighTokensAndRespectLengths() {
        PlanWindows plan = plan(32, 12);
        double[] nll = new double[plan.count()];
        plan.windows().forEach(w -> nll[w.index()] = w.tokens() * (w.fromPosition() < 16 ? 1.0 : 3.0));
        double[] means = plan.meanNll(nll, List.of(8, 16, 32), PlanWindows.ALL_GROUPS);

        assertThat(means[0]).isEqualTo(1);
        assertThat(means[1]).isEqualTo(1);
        // 15 + 11 tokens of 1, 16 tokens of 3.
        assertThat(means[2]).isCloseTo((26 + 48) / 42.0, within(1e-12));
        assertThat(plan.meanNll(nll, List.of(32), 0)[0]).isEqualTo(1);
        assertThat(plan.scoredTokens(8)).isEqualTo(14);
    }

    @Test
    void forwardTokensOfAPrefixCountEachDocumentUpToItsLastWindow() {
        PlanWindows plan = plan(32, 12);
        assertThat(plan.forwardTokens(0)).isZero();
        assertThat(plan.forwardTokens(1)).isEqualTo(4);
        assertThat(plan.forwardTokens(plan.groupEnd(0) + 1)).isEqualTo(36);
        assertThat(plan.forwardTokens(plan.count())).isEqualTo(plan.plan().forwardTokens());
    }

    @Test
    void linearGainIsAnUpperBoundOfTheTrueGainAndTangentToIt() {
        Random random = new Random(11);
        PlanWindows plan = plan(32, 20, 32);
        Objective objective = Objective.lengthWeighted(List.of(8, 16, 32));
        for (int run = 0; run < 500; run++) {
            double size = Math.pow(10, -4 * random.nextDouble());
            double[] reference = new double[plan.count()];
            double[] candidate = new double[plan.count()];
            for (int w = 0; w < reference.length; w++) {
                int tokens = plan.windows().get(w).tokens();
                reference[w] = tokens * (2 + random.nextDouble());
                candidate[w] = reference[w] + tokens * size * random.nextGaussian();
            }
            double[] weights = objective.windowWeights(plan, reference);
            double linear = 0;
            double total = 0;
            for (int w = 0; w < weights.length; w++) {
                linear += weights[w] * (reference[w] - candidate[w]);
                total += weights[w] * plan.windows().get(w).tokens();
            }
            double exact = Math.log(objective.value(plan, reference)) - Math.log(objective.value(plan, candidate));
            assertThat(total).isCloseTo(1, within(1e-12));
            assertThat(exact).isLessThanOrEqualTo(linear + 1e-14);
            assertThat(exact).isCloseTo(linear, within(5 * size * size + 1e-14));
        }
    }
}
