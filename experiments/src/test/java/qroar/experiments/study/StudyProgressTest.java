package qroar.experiments.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import qroar.experiments.attribution.Interval;
import qroar.experiments.search.SearchSettings.Start;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.experiments.study.StudyOutcome.Status;
import qroar.experiments.trial.Ending;
import qroar.experiments.trial.Setting;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.trial.ScaleGradient;

class StudyProgressTest {
    private static final SyntheticModel MODEL = SyntheticModel.smooth(0.12, -0.08, 0.03);

    @ParameterizedTest
    @EnumSource(value = Strategy.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void everyStrategyFindsTheKnownOptimum(Strategy strategy) {
        StudyOutcome outcome = MODEL.run(MODEL.study(strategy, Rule.NONE)).outcome();

        assertThat(outcome.status()).isEqualTo(Status.DONE);
        for (int b = 0; b < 3; b++) {
            // Half a step of the last pass: the grid's resolution, where a step gains less than min-gain earlier.
            assertThat(Math.log(outcome.scales().scale(b))).isCloseTo(MODEL.optimum()[b], within(0.04));
        }
        assertThat(search(outcome).gain()).isPositive();
        assertThat(outcome.heldOut()).containsOnlyKeys(Setting.values());
    }

    @Test
    void aRunningCandidatesForecastNarrowsToItsGain() {
        SyntheticModel noisy = new SyntheticModel(MODEL.optimum(), MODEL.curvature(), 0.002);
        StudyProgress progress = StudyProgress.begin(noisy.study(Strategy.COORDINATE, Rule.NONE));
        assertThat(progress.stage()).isEqualTo("diagnostics");
        while (progress.wanted().stream().noneMatch(request -> request.label().startsWith("pass-1/"))) {
            TrialRequest request = progress.wanted().get(0);
            progress = progress.with(request.label(), noisy.race(progress, request));
        }
        TrialRequest candidate = progress.wanted().stream()
                .filter(request -> request.label().startsWith("pass-1/"))
                .findFirst()
                .orElseThrow();
        assertThat(progress.stage()).matches("pass 1 band [012] of 0\\.\\.2");
        double[] losses = noisy.losses(candidate.spec());
        assertThat(progress.forecast(candidate.label(), new double[0])).isNull();
        assertThat(progress.forecast("baseline", losses)).isNull();
        double gain = Objects.requireNonNull(progress.forecast(candidate.label(), losses))
                .estimate();
        double width = Double.POSITIVE_INFINITY;
        int known = 0;
        for (int windows = losses.length / 4; windows <= losses.length; windows += losses.length / 4) {
            Interval forecast = progress.forecast(candidate.label(), Arrays.copyOf(losses, windows));
            if (forecast != null) {
                known++;
                assertThat(gain).isBetween(forecast.lower() - 1e-9, forecast.upper() + 1e-9);
                assertThat(forecast.upper() - forecast.lower()).isLessThan(width);
                width = forecast.upper() - forecast.lower();
            }
        }
        assertThat(known).isGreaterThanOrEqualTo(3);
        assertThat(width).isZero();
        assertThat(noisy.run(noisy.study(Strategy.COORDINATE, Rule.NONE)).stage())
                .isEqualTo("done");
    }

    @ParameterizedTest
    @CsvSource({
        "COORDINATE,PAIRED_T",
        "LINE,PAIRED_T",
        "JOINT,PAIRED_T",
        "COORDINATE,CONFIDENCE_SEQUENCE",
        "COORDINATE,BETTING",
        "COORDINATE,HALVING",
        "LINE,HALVING",
        "JOINT,HALVING"
    })
    void racingChoosesWhatFullEvaluationChooses(Strategy strategy, Rule rule) {
        SyntheticModel noisy = new SyntheticModel(MODEL.optimum(), MODEL.curvature(), 0.002);
        StudyOutcome full = noisy.run(noisy.study(strategy, Rule.NONE)).outcome();
        StudyOutcome raced = noisy.run(noisy.study(strategy, rule)).outcome();

        // Halving bounds tokens, not errors.
        double tolerance = rule == Rule.HALVING ? 0.005 : 0.0005;
        assertThat(search(raced).objectiveAfter())
                .isLessThanOrEqualTo(search(full).objectiveAfter() * (1 + tolerance));
        assertThat(raced.tokens().spent()).isLessThan(full.tokens().spent());
        System.out.printf(
                "%s %s: %.1f %% of exhaustive tokens%n",
                strategy, rule, 100.0 * raced.tokens().spent() / raced.tokens().exhaustive());
    }

    @ParameterizedTest
    @CsvSource({
        "COORDINATE,PAIRED_T",
        "LINE,PAIRED_T",
        "COORDINATE,HALVING",
        "LINE,CONFIDENCE_SEQUENCE",
        "PARABOLIC,PAIRED_T"
    })
    void outcomeDoesNotDependOnTheOrderOfResults(Strategy strategy, Rule rule) {
        SyntheticModel noisy = new SyntheticModel(MODEL.optimum(), MODEL.curvature(), 0.003);
        Study study = noisy.study(strategy, rule, ScaleMode.SHARED, 4, 64);
        StudyOutcome expected = noisy.run(study).outcome();
        long first = Long.getLong("seed", 1);
        int schedules = Integer.getInteger("schedules", 300);
        for (long seed = first; seed < first + schedules; seed++) {
            assertThat(noisy.runShuffled(study, new Random(seed)).outcome())
                    .as("-Dseed=" + seed)
                    .isEqualTo(expected);
        }
    }

    @Test
    void divergedAndFailedCandidatesNeverWin() {
        Study study = MODEL.study(Strategy.COORDINATE, Rule.PAIRED_T);
        StudyProgress progress = StudyProgress.begin(study);
        Random random = new Random(5);
        Set<String> broken = new HashSet<>();
        while (!progress.isDone()) {
            TrialRequest request = progress.wanted().get(0);
            TrialResult result = MODEL.race(progress, request);
            if (request.label().startsWith("pass-") && random.nextInt(3) == 0) {
                double[] poisoned = MODEL.measure(request).nllNats();
                Arrays.fill(poisoned, 1e-9);
                poisoned[poisoned.length - 1] = random.nextBoolean() ? Double.NaN : Double.NEGATIVE_INFINITY;
                result = switch (random.nextInt(3)) {
                    case 0 -> new TrialResult.Failed("out of memory");
                    case 1 -> new TrialResult.Diverged(3);
                    default -> new TrialResult.Measured(poisoned, List.of());
                };
                broken.add(request.label());
            }
            progress = progress.with(request.label(), result);
        }
        StudyOutcome outcome = progress.outcome();
        assertThat(outcome.candidates())
                .filteredOn(c -> broken.contains(c.label()))
                .isNotEmpty()
                .allMatch(c -> !c.promoted() && (c.ending() == Ending.DIVERGED || c.ending() == Ending.FAILED));
        assertThat(search(outcome).objectiveAfter())
                .isFinite()
                .isLessThan(search(outcome).objectiveBefore());
    }

    @Test
    void everyPlannedCandidateEndsAndNoneIsAskedTwice() {
        Study study = MODEL.study(Strategy.COORDINATE, Rule.PAIRED_T);
        StudyProgress progress = StudyProgress.begin(study);
        Set<String> asked = new HashSet<>();
        while (!progress.isDone()) {
            TrialRequest request = progress.wanted().get(0);
            assertThat(asked.add(request.label())).isTrue();
            progress = progress.with(request.label(), MODEL.race(progress, request));
        }
        Set<String> candidates =
                asked.stream().filter(l -> l.startsWith("pass-")).collect(Collectors.toSet());
        assertThat(progress.outcome().candidates())
                .extracting(StudyOutcome.CandidateOutcome::label)
                .containsExactlyInAnyOrderElementsOf(candidates);
    }

    /** Before, such a model was called best left unscaled. */
    @Test
    void whereEveryCandidateFailsNothingIsSaidOfScales() {
        Study study = MODEL.study(Strategy.LINE, Rule.PAIRED_T);
        StudyProgress progress = StudyProgress.begin(study);
        while (!progress.isDone()) {
            TrialRequest request = progress.wanted().get(0);
            progress = progress.with(
                    request.label(),
                    request.label().startsWith("pass-")
                            ? new TrialResult.Failed("out of memory")
                            : MODEL.race(progress, request));
        }
        assertThat(progress.outcome().notes())
                .anyMatch(note -> note.matches(
                        "None of the \\d+ candidates could be measured: whether scales help is not known."))
                .noneMatch(note -> note.contains("best left unscaled"));
    }

    @ParameterizedTest
    @CsvSource({"baseline", "held-out/baseline", "unquantized/long"})
    void aBaselineThatFailsIsReportedAndCostsOnlyWhatDependsOnIt(String failing) {
        Study study = MODEL.study(Strategy.LINE, Rule.PAIRED_T);
        StudyProgress progress = StudyProgress.begin(study);
        while (!progress.isDone()) {
            TrialRequest request = progress.wanted().get(0);
            progress = progress.with(
                    request.label(),
                    request.label().equals(failing)
                            ? new TrialResult.Failed("no worker survived it")
                            : MODEL.race(progress, request));
        }
        StudyOutcome outcome = progress.outcome();
        assertThat(outcome.notes()).anyMatch(note -> note.startsWith(failing + " failed: no worker survived it"));
        assertThat(outcome.status()).isEqualTo(failing.equals("baseline") ? Status.FAILED : Status.DONE);
        assertThat(outcome.candidates().isEmpty()).isEqualTo(failing.equals("baseline"));
        assertThat(outcome.attribution() == null).isEqualTo(!failing.equals("unquantized/long"));
    }

    @Test
    void symmetricScalesUnderWeightOnlyQuantizationSearchNothing() {
        StudyProgress done = MODEL.run(MODEL.study(Strategy.COORDINATE, Rule.PAIRED_T, ScaleMode.SYMMETRIC, 3, 64));

        StudyOutcome outcome = done.outcome();
        assertThat(outcome.status()).isEqualTo(Status.NO_OP);
        assertThat(outcome.candidates()).isEmpty();
        assertThat(outcome.notes()).anyMatch(note -> note.contains("Symmetric scales change no logit"));
        assertThat(outcome.heldOut()).containsOnlyKeys(Setting.BASELINE, Setting.UNQUANTIZED);
        assertThat(outcome.bands()).hasSize(3);
    }

    @Test
    void whereNoCandidateGainsTheModelStaysUnscaledAndCostsNoFurtherTrial() {
        SyntheticModel best = SyntheticModel.smooth(0, 0);
        StudyOutcome outcome =
                best.run(best.study(Strategy.COORDINATE, Rule.PAIRED_T)).outcome();

        assertThat(outcome.scales().isIdentity()).isTrue();
        assertThat(outcome.course().passes()).isEqualTo(1);
        assertThat(Objects.requireNonNull(outcome.attribution())
                        .gain()
                        .objective()
                        .estimate())
                .isZero();
        assertThat(outcome.notes()).anyMatch(note -> note.contains("best left unscaled"));
    }

    @ParameterizedTest
    @EnumSource(Rule.class)
    void candidatesThatAreAllEqualChangeNothing(Rule rule) {
        SyntheticModel flat = new SyntheticModel(new double[] {0, 0}, new double[] {0, 0}, 0);
        StudyOutcome outcome = flat.run(flat.study(Strategy.COORDINATE, rule)).outcome();

        assertThat(outcome.scales().isIdentity()).isTrue();
        assertThat(search(outcome).gain()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"1,32", "1,1000", "5,1000", "2,512"})
    void oneDocumentOrOneWindowIsEnough(int documents, int windowTokens) {
        for (Rule rule : Rule.values()) {
            Study study = MODEL.study(Strategy.COORDINATE, rule, ScaleMode.SHARED, documents, windowTokens);
            StudyOutcome outcome = MODEL.run(study).outcome();
            assertThat(outcome.status()).isEqualTo(Status.DONE);
            assertThat(search(outcome).gain()).as(rule.word()).isPositive();
        }
    }

    @Test
    void winnersOnTheEdgeOfTheirWindowAreWarnedOf() {
        SyntheticModel far = SyntheticModel.smooth(0.6, 0.0);
        StudyOutcome outcome = far.run(far.study(Strategy.LINE, Rule.PAIRED_T)).outcome();

        assertThat(outcome.bands().get(0).onEdge()).isTrue();
        assertThat(outcome.bands().get(1).onEdge()).isFalse();
        assertThat(outcome.notes()).anyMatch(note -> note.contains("edge of the search window in band 0 ("));
    }

    @Test
    void lineAsksForFewerCandidatesAndFallsBackOnAHump() {
        StudyOutcome line = MODEL.run(MODEL.study(Strategy.LINE, Rule.NONE)).outcome();
        StudyOutcome all =
                MODEL.run(MODEL.study(Strategy.COORDINATE, Rule.NONE)).outcome();
        assertThat(line.candidates().size()).isLessThan(all.candidates().size());

        SyntheticModel hump = new SyntheticModel(new double[] {0}, new double[] {-2}, 0);
        StudyOutcome humped = hump.run(hump.study(Strategy.LINE, Rule.NONE)).outcome();
        assertThat(humped.candidates()).filteredOn(c -> c.pass() == 1).hasSize(6);
        assertThat(search(humped).gain()).isPositive();
    }

    private static Study gradientStart(Strategy strategy, ScaleMode mode) {
        return MODEL.study(strategy, Rule.NONE, mode, 4, 64, Start.GRADIENT);
    }

    @Test
    void aGradientOrdersTheBandsAndPointsALineTheRightWay() {
        StudyOutcome plain = MODEL.run(MODEL.study(Strategy.LINE, Rule.NONE, ScaleMode.SHARED, 4, 64))
                .outcome();
        StudyOutcome led =
                MODEL.run(gradientStart(Strategy.LINE, ScaleMode.SHARED)).outcome();

        assertThat(led.candidates().size()).isLessThan(plain.candidates().size());
        assertThat(search(led).objectiveAfter())
                .isLessThanOrEqualTo(search(plain).objectiveAfter() * 1.0005);
        for (StudyOutcome.BandOutcome band : led.bands()) {
            double optimum = MODEL.optimum()[band.index()];
            double slope = band.diagnosis().gradient();
            assertThat(Math.signum(slope)).isEqualTo(-Math.signum(optimum));
            assertThat(band.diagnosis().sensitivity())
                    .isEqualTo(Math.abs(slope) * band.diagnosis().window().halfWidth());
            if (optimum != 0) {
                StudyOutcome.CandidateOutcome first = led.candidates().stream()
                        .filter(c -> c.pass() == 1 && c.band() == band.index())
                        .findFirst()
                        .orElseThrow();
                assertThat(Math.signum(Math.log(first.scales().scale(band.index()))))
                        .isEqualTo(Math.signum(optimum));
            }
        }
        assertThat(plain.bands()).allMatch(band -> Double.isNaN(band.diagnosis().gradient()));
    }

    @Test
    void aGradientThatPointsTheWrongWayCostsOneCandidateAndNoGain() {
        Study study = gradientStart(Strategy.LINE, ScaleMode.SHARED);
        StudyProgress progress = StudyProgress.begin(study);
        while (!progress.isDone()) {
            TrialRequest request = progress.wanted().get(0);
            TrialResult result = MODEL.race(progress, request);
            if (request.label().equals("gradient")) {
                TrialResult.Measured measured = MODEL.measure(request);
                ScaleGradient right = measured.gradients().get(0);
                List<Double> wrong = right.query().stream().map(g -> -g).toList();
                result = new TrialResult.Measured(
                        measured.nllNats(), List.of(), List.of(new ScaleGradient(0, wrong, wrong)));
            }
            progress = progress.with(request.label(), result);
        }
        StudyOutcome plain = MODEL.run(MODEL.study(Strategy.LINE, Rule.NONE, ScaleMode.SHARED, 4, 64))
                .outcome();
        assertThat(search(progress.outcome()).objectiveAfter())
                .isEqualTo(search(plain).objectiveAfter());
        assertThat(progress.outcome().candidates()).hasSameSizeAs(plain.candidates());
    }

    @Test
    void aGradientThatFailsIsNotedAndNotMissed() {
        Study study = gradientStart(Strategy.COORDINATE, ScaleMode.SHARED);
        StudyProgress progress = StudyProgress.begin(study);
        while (!progress.isDone()) {
            TrialRequest request = progress.wanted().get(0);
            progress = progress.with(
                    request.label(),
                    request.label().equals("gradient")
                            ? new TrialResult.Failed("out of memory")
                            : MODEL.race(progress, request));
        }
        assertThat(progress.outcome().status()).isEqualTo(Status.DONE);
        assertThat(progress.outcome().notes())
                .anyMatch(note -> note.startsWith("gradient failed: out of memory; bands"));
        assertThat(progress.outcome().candidates()).isNotEmpty();
    }

    @Test
    void whatCannotMoveALogitHasNoGradient() {
        assertThat(StudyProgress.begin(gradientStart(Strategy.LINE, ScaleMode.SYMMETRIC))
                        .wanted())
                .noneMatch(request -> request.label().equals("gradient"));
    }

    @Test
    void withoutASearchOnlyHeldOutDocumentsAreRead() {
        Study study = MODEL.study(Strategy.NONE, Rule.PAIRED_T);
        StudyProgress begun = StudyProgress.begin(study);
        assertThat(begun.wanted())
                .extracting(TrialRequest::label)
                .containsExactly("held-out/baseline", "held-out/unquantized");
        assertThat(begun.outcome().status()).isEqualTo(Status.CONFIRMING);

        StudyOutcome outcome = MODEL.run(study).outcome();
        assertThat(outcome.status()).isEqualTo(Status.DONE);
        assertThat(outcome.heldOut()).containsOnlyKeys(Setting.BASELINE, Setting.UNQUANTIZED);
        assertThat(outcome.notes()).containsExactly("Nothing was searched: search.strategy is none.");
        assertThat(outcome.scales().isIdentity()).isTrue();
        assertThat(outcome.tokens().spent()).isZero();
        assertThat(begun.with("held-out/baseline", new TrialResult.Failed("x"))
                        .with("held-out/unquantized", new TrialResult.Failed("x"))
                        .outcome()
                        .status())
                .isEqualTo(Status.FAILED);
    }

    @Test
    void shortAnswersLeaveTheTrialWantedAndUnknownOnesAreRefused() {
        Study study = MODEL.study(Strategy.COORDINATE, Rule.PAIRED_T);
        StudyProgress begun = StudyProgress.begin(study);
        StudyProgress same = begun.with("baseline", new TrialResult.Measured(new double[] {1, 2}, List.of()));

        assertThat(same).isSameAs(begun);
        assertThatThrownBy(() -> begun.with("pass-9/band-0/scale-1", new TrialResult.Failed("x")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("pass-9/band-0/scale-1");
    }

    private static StudyOutcome.SearchFigures search(StudyOutcome outcome) {
        return Objects.requireNonNull(outcome.search());
    }
}
