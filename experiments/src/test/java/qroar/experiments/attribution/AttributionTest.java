package qroar.experiments.attribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import qroar.experiments.attribution.Attribution.ShortContext;
import qroar.experiments.objective.Objective;
import qroar.experiments.objective.PlanWindows;
import qroar.experiments.trial.Setting;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.WindowSpan;

class AttributionTest {
    private static final List<Integer> LENGTHS = List.of(16, 32, 64);
    private static final Objective OBJECTIVE = Objective.lengthWeighted(LENGTHS);

    private static PlanWindows plan(int documents) {
        return new PlanWindows(new EvaluationPlan(
                IntStream.range(0, documents)
                        .mapToObj(d -> new DocumentRef("d" + d, "d" + d, 64))
                        .toList(),
                LENGTHS,
                8));
    }

    /** Losses that lie {@code nearOffset} nats above a common level within 16 tokens and {@code farOffset} beyond. */
    private static double[] losses(PlanWindows plan, double nearOffset, double farOffset, long noiseSeed) {
        Random noise = new Random(noiseSeed);
        double[] losses = new double[plan.count()];
        for (WindowSpan window : plan.windows()) {
            double level = 1.5 + 0.5 * new Random(window.index()).nextGaussian();
            double offset = window.toPosition() <= 16 ? nearOffset : farOffset;
            losses[window.index()] = window.tokens() * (level + offset + 0.001 * noise.nextGaussian());
        }
        return losses;
    }

    private static Attribution attribute(
            PlanWindows plan,
            int trainedWindow,
            double[] baseline,
            double[] tuned,
            double[] unquantized,
            double[] control) {
        return Attribution.of(
                plan,
                OBJECTIVE,
                trainedWindow,
                Map.of(
                        Setting.BASELINE,
                        baseline,
                        Setting.TUNED,
                        tuned,
                        Setting.UNQUANTIZED,
                        unquantized,
                        Setting.CONTROL,
                        control));
    }

    @Test
    void aGainThatOnlyTheQuantizedModelHasRepairsQuantization() {
        PlanWindows plan = plan(8);
        Attribution attribution = attribute(
                plan,
                16,
                losses(plan, 0.1, 0.1, 1),
                losses(plan, 0.1, 0.05, 2),
                losses(plan, 0, 0, 3),
                losses(plan, 0, 0, 4));

        assertThat(attribution.gain().objective().isPositive()).isTrue();
        assertThat(attribution.interpolationShare()).isCloseTo(0, within(0.1));
        assertThat(attribution.repaired().objective().estimate())
                .isCloseTo(attribution.gain().objective().estimate(), within(0.005));
        assertThat(attribution.shortContextVerdict()).isEqualTo(ShortContext.PRESERVED);
        assertThat(attribution.notes()).isEmpty();
        assertThat(attribution.sentence())
                .contains("short context was preserved")
                .contains("the quantization");
    }

    @Test
    void aGainThatTheControlSharesRepairsInterpolationAndBeatingTheUnquantizedModelIsNoted() {
        PlanWindows plan = plan(8);
        Attribution attribution = attribute(
                plan,
                16,
                losses(plan, 0.02, 0.02, 1),
                losses(plan, 0.06, -0.1, 2),
                losses(plan, 0, 0, 3),
                losses(plan, 0.04, -0.12, 4));

        assertThat(attribution.interpolationShare()).isCloseTo(1, within(0.1));
        assertThat(attribution.shortContextVerdict()).isEqualTo(ShortContext.HURT);
        assertThat(attribution.tunedOverUnquantized().objective().isPositive()).isTrue();
        assertThat(attribution.notes()).hasSize(1);
        assertThat(attribution.notes().get(0)).contains("beats the unquantized one");
    }

    /** Perplexity e^nll at every length, so J is it too: known before and after. */
    private static double[] flat(PlanWindows plan, double perplexity) {
        double[] losses = new double[plan.count()];
        plan.windows().forEach(w -> losses[w.index()] = w.tokens() * Math.log(perplexity));
        return losses;
    }

    @Test
    void perCentAreOfTheObjectiveItselfAndGainsAreNats() {
        PlanWindows plan = plan(4);
        Attribution attribution =
                attribute(plan, 32, flat(plan, 1000), flat(plan, 591), flat(plan, 800), flat(plan, 640));

        // 1000 to 591 is a fall of 40.9 %; ln(1000/591) = 0.5259 nats. The control: 800 to 640, ln 1.25 = 0.2231.
        assertThat(attribution.sentence())
                .isEqualTo(
                        "On held-out documents J falls by 40.90 % (95 % interval 40.90 to 40.90 %), a gain of +0.5259"
                                + " nats of ln J, of which +0.2231 (42 % of the gain) repairs the interpolation, as the same"
                                + " scales without quantization show, and +0.3028 [+0.3028, +0.3028] the quantization; short"
                                + " context improved: perplexity at 32 tokens falls by 40.90 % (PPL gain +0.5259 nats per"
                                + " token).");
        assertThat(attribution.quantizing().objective().estimate()).isCloseTo(-Math.log(1.25), within(1e-9));
        assertThat(attribution.notes())
                .singleElement()
                .asString()
                .contains("its J is 26.12 % lower (gain +0.3028 nats of ln J)");
    }

    @Test
    void aRiseIsARiseAndHasTheSignOfALoss() {
        PlanWindows plan = plan(4);
        Attribution attribution =
                attribute(plan, 32, flat(plan, 1000), flat(plan, 1200), flat(plan, 990), flat(plan, 990));

        assertThat(attribution.sentence())
                .contains("J rises by 20.00 % (95 % interval 20.00 to 20.00 %), a gain of -0.1823 nats of ln J")
                .contains("short context was hurt: perplexity at 32 tokens rises by 20.00 % (PPL gain -0.1823");
    }

    @Test
    void oneDocumentHasEstimatesWithoutIntervals() {
        PlanWindows plan = plan(1);
        Attribution attribution = attribute(
                plan,
                8,
                losses(plan, 0.1, 0.1, 1),
                losses(plan, 0, 0, 2),
                losses(plan, 0, 0, 3),
                losses(plan, 0, 0, 4));

        assertThat(attribution.gain().objective().estimate()).isPositive();
        assertThat(attribution.gain().objective().upper()).isInfinite();
        assertThat(attribution.interpolationShare()).isNaN();
        assertThat(attribution.shortContextVerdict()).isEqualTo(ShortContext.UNKNOWN);
        assertThat(attribution.sentence()).contains("no gain can be told from zero");
    }

    /** For a mean of equally long documents the jackknife is the textbook t interval of the documents' means. */
    @Test
    void jackknifeOfAMeanIsTheTInterval() {
        double[] means = {1.0, 1.4, 0.7, 1.1, 1.3};
        Interval interval = Interval.jackknife(5, left -> {
            double sum = 0;
            for (int i = 0; i < 5; i++) {
                sum += i == left ? 0 : means[i];
            }
            return sum / (left == PlanWindows.ALL_GROUPS ? 5 : 4);
        });
        assertThat(interval.estimate()).isCloseTo(1.1, within(1e-12));
        // s = 0.273861, s / sqrt(5) = 0.122474, t(4, 0.975) = 2.776445.
        assertThat(interval.upper() - interval.estimate()).isCloseTo(0.340043, within(1e-5));
    }

    @Test
    void intervalsCoverTheTruthAsOftenAsTheySay() {
        Random random = new Random(8);
        int covered = 0;
        for (int run = 0; run < 2000; run++) {
            double[] means = random.doubles(6, -1, 1).toArray();
            Interval interval = Interval.jackknife(6, left -> {
                double sum = 0;
                for (int i = 0; i < 6; i++) {
                    sum += i == left ? 0 : means[i];
                }
                return sum / (left == PlanWindows.ALL_GROUPS ? 6 : 5);
            });
            covered += interval.lower() <= 0 && interval.upper() >= 0 ? 1 : 0;
        }
        assertThat(covered / 2000.0).isBetween(0.93, 0.97);
    }

    @Test
    void aCandidateScoresAsAWholeEvaluationDoes() {
        for (int documents : new int[] {1, 2, 7}) {
            PlanWindows plan = plan(documents);
            double[] reference = losses(plan, 0.1, 0.1, 1);
            double[] candidate = losses(plan, 0.1, 0.05, 2);
            CandidateScore score =
                    CandidateScore.of(plan, OBJECTIVE, reference, OBJECTIVE.value(plan, reference), candidate);
            Interval gain = PairedGain.of(plan, OBJECTIVE, reference, candidate).objective();
            Interval objective = HeldOutFigures.of(plan, OBJECTIVE, candidate).objective();
            assertThat(score.objective().estimate()).isEqualTo(OBJECTIVE.value(plan, candidate));
            assertClose(score.gain(), gain);
            assertClose(score.objective(), objective);
        }
    }

    private static void assertClose(Interval actual, Interval expected) {
        assertThat(actual.estimate()).isCloseTo(expected.estimate(), within(1e-12));
        if (Double.isFinite(expected.lower()) && Double.isFinite(expected.upper())) {
            assertThat(actual.lower()).isCloseTo(expected.lower(), within(1e-11));
            assertThat(actual.upper()).isCloseTo(expected.upper(), within(1e-11));
        } else {
            assertThat(actual.lower()).isEqualTo(expected.lower());
            assertThat(actual.upper()).isEqualTo(expected.upper());
        }
    }

    @Test
    void documentsAndPositionsAddUpToTheWhole() {
        PlanWindows plan = plan(5);
        double[] losses = losses(plan, 0.1, 0.4, 3);
        HeldOutFigures figures = HeldOutFigures.of(plan, OBJECTIVE, losses);
        double whole = java.util.Arrays.stream(losses).sum();
        for (List<HeldOutFigures.MeanLoss> parts : List.of(figures.documents(), figures.positions())) {
            assertThat(parts.stream().mapToLong(HeldOutFigures.MeanLoss::tokens).sum())
                    .isEqualTo(plan.scoredTokens(64));
            assertThat(parts.stream()
                            .mapToDouble(part -> part.tokens() * part.nllNats())
                            .sum())
                    .isCloseTo(whole, within(1e-9));
        }
        assertThat(figures.documents()).hasSize(5).allMatch(document -> document.to() == 64);
        // Eight windows of eight tokens fit without being merged; the offset begins behind position 16.
        assertThat(figures.positions())
                .extracting(HeldOutFigures.MeanLoss::to)
                .containsExactly(8, 16, 24, 32, 40, 48, 56, 64);
        assertThat(figures.positions()).allMatch(range -> range.from() == range.to() - 8);
    }

    @Test
    void positionsOfALongPlanAreMergedInGrowingRanges() {
        PlanWindows plan = new PlanWindows(new EvaluationPlan(
                List.of(new DocumentRef("d", "d", 4096), new DocumentRef("e", "e", 1000)), List.of(1000, 4096), 8));
        double[] losses = new double[plan.count()];
        java.util.Arrays.fill(losses, 8.0);
        List<HeldOutFigures.MeanLoss> positions = HeldOutFigures.of(
                        plan, Objective.lengthWeighted(List.of(1000, 4096)), losses)
                .positions();
        assertThat(positions).hasSizeBetween(10, 17);
        assertThat(positions.get(0).to()).isEqualTo(8);
        assertThat(positions.get(positions.size() - 1).to()).isEqualTo(4096);
        for (int i = 1; i < positions.size(); i++) {
            assertThat(positions.get(i).from()).isEqualTo(positions.get(i - 1).to());
        }
        assertThat(positions.stream().mapToLong(HeldOutFigures.MeanLoss::tokens).sum())
                .isEqualTo(plan.scoredTokens(4096));
    }
}
