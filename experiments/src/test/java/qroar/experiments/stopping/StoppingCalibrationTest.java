package qroar.experiments.stopping;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.experiments.statistics.Binomial;
import qroar.experiments.statistics.StudentT;
import qroar.experiments.stopping.StoppingCalibration.Row;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.experiments.stopping.SyntheticPairs.Tails;

class StoppingCalibrationTest {
    private static final long SEED = Long.getLong("seed", 42);
    private static final int RUNS = Integer.getInteger("runs", 500);
    private static final double MIN_GAIN = 0.0005;
    private static final double ALPHA = 0.05;

    private static SyntheticPairs pairs(
            int documents, double correlation, double documentEffect, double drift, Tails tails) {
        return new SyntheticPairs(documents, correlation, documentEffect, drift, tails, 0.004, MIN_GAIN);
    }

    @Test
    void candidatesThatGainEnoughAreStoppedWithProbabilityAtMostAlpha() {
        List<Row> rows = StoppingCalibration.syntheticTable(ALPHA, RUNS, SEED);
        System.out.println(StoppingCalibration.markdown(rows, SEED));
        assertThat(rows).filteredOn(row -> !row.what().startsWith("BEYOND")).hasSize(24);
        for (Row row : rows) {
            if (!row.what().startsWith("BEYOND")) {
                // paired-t is at the edge of its level where windows correlate at 0.9; the others are well within.
                boolean edge = row.rule().rule() == Rule.PAIRED_T;
                assertThat(edge ? row.lower() : row.upper()).as(row.toString()).isLessThanOrEqualTo(ALPHA);
            }
            assertThat(row.losersStopped()).as(row.toString()).isPositive();
        }
    }

    @Test
    void losersByFarAreStoppedWithinAQuarterOfTheTokens() {
        for (int documents : new int[] {5, 10}) {
            Row row = StoppingCalibration.ofSynthetic(
                    "far",
                    pairs(documents, 0.6, 0.3, 2, Tails.NORMAL),
                    -0.03,
                    new StoppingSettings(Rule.PAIRED_T, ALPHA),
                    200,
                    SEED);
            assertThat(row.tokenShare()).as(row.toString()).isLessThan(0.25);
            assertThat(row.losersStopped()).isEqualTo(row.losers());
        }
    }

    /** The streams are hard: looking at every window with a plain t-test is wrong far more often than it says. */
    @Test
    void aNaiveRepeatedTestIsWrongOnTheSameStreams() {
        SyntheticPairs pairs = pairs(10, 0.6, 0.3, 2, Tails.NORMAL);
        Random random = new Random(SEED);
        int falseStops = 0;
        int runs = 300;
        for (int run = 0; run < runs; run++) {
            LossPair pair = pairs.draw(pairs.plan(), random);
            falseStops += naiveStops(pair.reference(), pair.candidate(), MIN_GAIN * 256) ? 1 : 0;
        }
        assertThat(Binomial.lower(falseStops, runs, 0.025)).isGreaterThan(2 * ALPHA);
    }

    private static boolean naiveStops(double[] reference, double[] candidate, double requiredPerWindow) {
        double sum = 0;
        double squares = 0;
        for (int n = 1; n < reference.length; n++) {
            double gain = reference[n - 1] - candidate[n - 1];
            sum += gain;
            squares += gain * gain;
            if (n >= 5) {
                double mean = sum / n;
                double error = Math.sqrt((squares / n - mean * mean) / (n - 1));
                if (mean + StudentT.upperQuantile(ALPHA, n - 1.0) * error < requiredPerWindow) {
                    return true;
                }
            }
        }
        return false;
    }

    @Test
    void recordedLossesAreResampledAndKeepTheirGain() {
        Random random = new Random(SEED);
        List<LossPair> recorded = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            SyntheticPairs pairs = pairs(6, 0.6, 0.3, 1, Tails.NORMAL);
            recorded.add(pairs.draw(pairs.plan(), random).withGain(-0.002 * (i + 1)));
        }
        LossPair pair = recorded.get(2);
        assertThat(pair.gain()).isCloseTo(-0.006, org.assertj.core.api.Assertions.within(1e-12));
        assertThat(pair.shuffled(random).gain()).isCloseTo(-0.006, org.assertj.core.api.Assertions.within(1e-12));
        assertThat(pair.reversed().gain()).isCloseTo(0.006, org.assertj.core.api.Assertions.within(1e-12));

        StoppingSettings settings = new StoppingSettings(Rule.PAIRED_T, ALPHA);
        Row row = StoppingCalibration.ofRecorded("recorded", recorded, MIN_GAIN, settings, 400, SEED);
        assertThat(row.lower()).isLessThanOrEqualTo(ALPHA);
        assertThat(row).isEqualTo(StoppingCalibration.ofRecorded("recorded", recorded, MIN_GAIN, settings, 400, SEED));
    }

    /** Window losses of the demo model, every candidate in full: RTN at 2 and at 3 bit, 10 documents. */
    @ParameterizedTest
    @ValueSource(strings = {"demo-rtn-w2g32", "demo-rtn-w3g64"})
    void rulesHoldTheirLevelOnLossesOfARealModel(String name) throws IOException {
        RecordedLosses recorded;
        try (InputStream file = StoppingCalibrationTest.class.getResourceAsStream("/losses/" + name + ".json")) {
            recorded = RecordedLosses.read(name, new String(file.readAllBytes(), StandardCharsets.UTF_8));
        }
        List<Row> rows = new ArrayList<>();
        for (Rule rule : StoppingCalibration.leveled()) {
            StoppingSettings settings = new StoppingSettings(rule, ALPHA);
            rows.add(StoppingCalibration.ofRecorded(name, recorded.toPairs(), MIN_GAIN, settings, 150, SEED));
        }
        System.out.println(StoppingCalibration.markdown(rows, SEED));
        assertThat(rows).allSatisfy(row -> assertThat(row.upper()).isLessThanOrEqualTo(ALPHA));
        assertThat(rows.get(0).tokenShare()).isLessThan(0.9);
        assertThat(rows.get(1).tokenShare()).isLessThan(0.9);
    }

    @Test
    void binomialBoundsAreThoseOfTheLiterature() {
        // Clopper and Pearson 1934, 5 of 50 at 95 %.
        assertThat(Binomial.lower(5, 50, 0.025)).isCloseTo(0.0333, org.assertj.core.api.Assertions.within(1e-4));
        assertThat(Binomial.upper(5, 50, 0.025)).isCloseTo(0.2181, org.assertj.core.api.Assertions.within(1e-4));
        assertThat(Binomial.lower(0, 50, 0.025)).isZero();
        assertThat(Binomial.upper(50, 50, 0.025)).isEqualTo(1);
    }
}
