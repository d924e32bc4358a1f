package qroar.experiments.stopping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import qroar.experiments.objective.Objective;
import qroar.experiments.objective.PlanWindows;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.experiments.stopping.SyntheticPairs.Tails;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.EvaluationPlan;

class StoppingRuleTest {
    private static final SyntheticPairs PAIRS = new SyntheticPairs(6, 0.5, 0.5, 1, Tails.NORMAL, 0.004, 0.0005);

    private static LossPair draw(long seed, double gain) {
        return PAIRS.draw(PAIRS.plan(), new Random(seed)).withGain(gain);
    }

    @Test
    void everyRuleIsListedAndMadeAsItself() {
        assertThat(Arrays.stream(Rule.values()).map(rule -> rule.form().type()).collect(Collectors.<Class<?>>toList()))
                .containsExactlyInAnyOrderElementsOf(List.of(StoppingRule.class.getPermittedSubclasses()));
        for (Rule rule : Rule.values()) {
            assertThat(StoppingRule.of(new StoppingSettings(rule, 0.05)))
                    .isExactlyInstanceOf(rule.form().type());
        }
        assertThat(Arrays.stream(Rule.values()).map(Rule::word)).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @EnumSource(Rule.class)
    void everyPrefixHasAVerdictAndNoneStopsBeforeTheFirstDocumentEnds(Rule rule) {
        StoppingRule stopping = StoppingRule.of(new StoppingSettings(rule, 0.05));
        LossPair pair = draw(1, -0.5);
        Race race = pair.race(0.0005);
        for (int seen = 0; seen <= pair.candidate().length; seen++) {
            double[] prefix = Arrays.copyOf(pair.candidate(), seen);
            Verdict verdict = stopping.judge(race, prefix);
            assertThat(verdict).isEqualTo(stopping.judge(race, prefix));
            if (seen < pair.plan().groupEnd(0)) {
                assertThat(verdict).isEqualTo(Verdict.UNDECIDED);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("qroar.experiments.stopping.StoppingCalibration#leveled")
    void lossesThatAreNotFiniteNeverStopATrial(Rule rule) {
        StoppingRule stopping = StoppingRule.of(new StoppingSettings(rule, 0.05));
        for (double poison : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            LossPair pair = draw(2, -0.001);
            double[] losses = pair.candidate();
            losses[3] = poison;
            for (int seen : stopping.looks(pair.race(0.0005))) {
                assertThat(stopping.judge(pair.race(0.0005), Arrays.copyOf(losses, seen))
                                .stop())
                        .isFalse();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("qroar.experiments.stopping.StoppingCalibration#leveled")
    void aCandidateEqualToItsReferenceIsStoppedAtTheFirstChance(Rule rule) {
        StoppingRule stopping = StoppingRule.of(new StoppingSettings(rule, 0.05));
        LossPair pair = draw(3, 0);
        double[] same = pair.reference();
        int stop = StoppingCalibration.stop(stopping, pair.race(0.0005), same);
        assertThat(stop).isLessThanOrEqualTo(pair.plan().groupEnd(1));
        // Nothing is required: an equal candidate is as good as its reference, and is not given up.
        assertThat(StoppingCalibration.stop(stopping, pair.race(0), same)).isEqualTo(same.length);
    }

    /** The forecast's variance, by the oracle: many streams of its own model, over the same finite plan. */
    @Test
    void forecastErrorHasTheStatedVarianceAndNoBias() {
        PlanWindows plan = PAIRS.plan();
        Objective objective = Objective.lengthWeighted(plan.plan().lengths());
        double[] reference = new double[plan.count()];
        plan.windows().forEach(w -> reference[w.index()] = 2.0 * w.tokens());
        Race race = Race.of(plan, objective, reference, 0);
        Random random = new Random(9);
        int runs = 4000;
        for (int seen : new int[] {8, 12, 30}) {
            double sum = 0;
            double squares = 0;
            double information = 0;
            for (int run = 0; run < runs; run++) {
                double[] candidate = reference.clone();
                double truth = 0;
                double effect = 0;
                for (Race.Block block : race.blocks()) {
                    effect = block.stratum() == 0
                            ? Math.sqrt(GainForecast.DOCUMENT_EFFECT) * random.nextGaussian()
                            : effect;
                    // The model's noise has variance 1 for the largest block and more for the first, one token shorter.
                    double noise = Math.sqrt(512.0 / block.tokens()) * random.nextGaussian();
                    double rate = 0.3 * block.stratum() + effect + noise;
                    for (int w = block.fromWindow(); w < block.toWindow(); w++) {
                        candidate[w] -= rate * plan.windows().get(w).tokens();
                    }
                    truth += rate * block.weight();
                }
                GainForecast forecast = GainForecast.of(race, candidate, seen);
                assertThat(forecast).isNotNull();
                double error = forecast.estimate() - truth;
                sum += error;
                squares += error * error;
                information = forecast.information();
            }
            assertThat(squares / runs * information).isCloseTo(1, within(0.1));
            assertThat(sum / runs).isCloseTo(0, within(4 * Math.sqrt(1 / information / runs)));
        }
    }

    @Test
    void looksKnowThePlanOnly() {
        Race race = draw(4, 0).race(0);
        List<Integer> looks = race.looks(Looks.Every.HALF_DOCUMENT).windows();
        assertThat(looks).isSorted().doesNotContain(race.plan().count());
        assertThat(looks.get(0)).isEqualTo(race.plan().groupEnd(0));
        assertThat(looks).hasSize(10);
        assertThat(race.looks(Looks.Every.DOCUMENT).windows()).hasSize(5);
    }

    @Test
    void aLaterDocumentWithUnseenPositionsPostponesTheFirstLook() {
        List<DocumentRef> documents = List.of(
                new DocumentRef("short", "a", 600),
                new DocumentRef("long", "b", 4096),
                new DocumentRef("long too", "c", 4096));
        PlanWindows plan = new PlanWindows(new EvaluationPlan(documents, List.of(512, 4096), 256));
        double[] reference = new double[plan.count()];
        Arrays.fill(reference, 500);
        Race race = Race.of(plan, Objective.lengthWeighted(List.of(512, 4096)), reference, 0);
        assertThat(race.looks(Looks.Every.BLOCK).windows().get(0)).isEqualTo(plan.groupEnd(1));
    }

    @Test
    void halvingRungsEndWithDocumentsAndTheLastIsThePlan() {
        PlanWindows plan = PAIRS.plan();
        assertThat(new SuccessiveHalving().rungs(plan, 9))
                .containsExactly(plan.groupEnd(0), plan.groupEnd(1), plan.groupEnd(5));
        assertThat(new SuccessiveHalving().rungs(plan, 1)).containsExactly(plan.count());
    }
}
