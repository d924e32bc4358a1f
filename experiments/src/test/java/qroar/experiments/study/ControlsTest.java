package qroar.experiments.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import qroar.experiments.attribution.ControlGain;
import qroar.experiments.attribution.Shares;
import qroar.experiments.search.CommonStart;
import qroar.experiments.search.SearchSettings.Common;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.experiments.study.StudyOutcome.CandidateOutcome;
import qroar.experiments.trial.Control;
import qroar.experiments.trial.Setting;
import qroar.experiments.trial.TrialLabel;
import qroar.protocol.rope.YarnScaling;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.ItemRef;
import qroar.protocol.trial.Precision;

/** Common starts and controls, on losses whose best scales are known. */
class ControlsTest {
    private static final List<Control> ALL = List.of(Control.values());

    private static Study study(SyntheticModel model, Strategy strategy, Common common) {
        return model.study(strategy, Rule.NONE).withControls(ALL, common);
    }

    private static Shares shares(StudyOutcome outcome) {
        return Objects.requireNonNull(outcome.shares());
    }

    @ParameterizedTest
    @EnumSource(value = Strategy.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void oneTemperatureIsFoundByThreeEvaluationsAndIsAllOfTheGain(Strategy strategy) {
        SyntheticModel model = SyntheticModel.smooth(-0.06, -0.06);
        StudyOutcome outcome = model.run(study(model, strategy, Common.START)).outcome();

        assertThat(outcome.candidates().stream().filter(c -> c.pass() == CommonStart.PASS))
                .hasSize(3)
                .allMatch(c -> c.scales().scale(0) == c.scales().scale(1));
        assertThat(Math.log(shares(outcome).commonScale())).isCloseTo(-0.06, within(0.002));
        assertThat(outcome.scales().scale(0)).isEqualTo(shares(outcome).commonScale());
        assertThat(outcome.scales().scale(1)).isEqualTo(shares(outcome).commonScale());
        assertThat(shares(outcome).common().ofAll().estimate()).isEqualTo(1);
        assertThat(shares(outcome).bands().gain().estimate()).isZero();
        assertThat(shares(outcome).sentence())
                .startsWith("Most of the gain is one temperature: one scale of 0.94")
                .endsWith("; no band was given another scale, so bands add nothing.");
        assertThat(outcome.bands())
                .allMatch(band -> band.diagnosis().window().why().contains("around the common scale 0.94"))
                .noneMatch(StudyOutcome.BandOutcome::onEdge);
    }

    @Test
    void controlsArePutToNeedlesDrawByDrawAndNotToMultipleChoice() {
        SyntheticModel model = SyntheticModel.smooth(-0.10, -0.02);
        Study plain = study(model, Strategy.COORDINATE, Common.CONTROL);
        EvaluationPlan items = EvaluationPlan.ofItems(
                List.of(new ItemRef("ab".repeat(32), 20, List.of(new ItemRef.Continuation(20, 23)))),
                EvaluationPlan.WHOLE);
        ScoredTask needles = new ScoredTask("passkey-1-abcd", items, ScoredTask.Kind.NEEDLES);
        ScoredTask choices = new ScoredTask("piqa-0-abcd", items);
        Study.Plans plans = new Study.Plans(plain.searchPlan(), plain.heldOutPlan(), plain.shortPlan());
        StudyProgress progress = StudyProgress.begin(plain.withPlans(plans.with(List.of(needles, choices))));
        List<String> asked = new ArrayList<>();
        while (!progress.isDone()) {
            TrialRequest request = progress.wanted().get(0);
            boolean isTask = TrialLabel.purpose(request.label()) == TrialLabel.Purpose.TASKS;
            if (isTask) {
                asked.add(request.label());
                assertThat(request.spec().quantization().isNone())
                        .isEqualTo(request.label().matches(".*/(unquantized|control)"));
            }
            if (request.label().equals("task/passkey-1-abcd/random-4")) {
                assertThat(progress.taskFigures(needles, Control.RANDOM))
                        .as("a draw is missing")
                        .isEmpty();
            }
            double[] figures = {asked.size(), 0};
            progress = progress.with(
                    request.label(), isTask ? new TrialResult.Measured(figures, List.of()) : model.measure(request));
        }
        assertThat(asked).filteredOn(label -> label.startsWith("task/piqa")).hasSize(4);
        assertThat(asked)
                .filteredOn(label -> label.startsWith("task/passkey"))
                .contains("task/passkey-1-abcd/common", "task/passkey-1-abcd/attention-factor")
                .contains("task/passkey-1-abcd/permuted-1", "task/passkey-1-abcd/random-4")
                .hasSize(4 + 1 + 1 + 4 + 1);
        for (int draw = 1; draw <= 4; draw++) {
            double order = asked.indexOf("task/passkey-1-abcd/random-" + draw) + 1.0;
            assertThat(progress.taskFigures(needles, Control.RANDOM).get(draw - 1))
                    .containsExactly(order, 0);
        }
        assertThat(progress.taskFigures(choices, Control.COMMON)).isEmpty();
    }

    @Test
    void whereBandsPullApartNoCommonScaleGainsAndAllIsTheBands() {
        SyntheticModel model = SyntheticModel.smooth(0.12, -0.12);
        StudyOutcome outcome =
                model.run(study(model, Strategy.COORDINATE, Common.START)).outcome();

        assertThat(shares(outcome).commonScale()).isEqualTo(1);
        assertThat(shares(outcome).common().gain().estimate()).isZero();
        assertThat(shares(outcome).bands().ofAll().estimate()).isEqualTo(1);
        assertThat(outcome.controls())
                .extracting(ControlGain::control)
                .containsExactly(Control.PERMUTED, Control.RANDOM);
        // The only other order of two bands is as wrong as can be.
        ControlGain permuted = outcome.controls().get(0);
        assertThat(permuted.draws()).hasSize(1);
        assertThat(permuted.gain().isNegative()).isTrue();
        assertThat(permuted.tunedBeyond().isPositive()).isTrue();
    }

    /**
     * ln s* = (-0.10, -0.02), a third of it unquantized, equal curvatures: of the squares 0.0104 a common scale of ln -0.06
     * leaves 0.0032, so its share is 9/13; without quantization it loses a third of what it gains with it. Gains are
     * a hundredth, so that ln J is as good as linear.
     */
    @ParameterizedTest
    @EnumSource(
            value = Common.class,
            names = {"START", "CONTROL"})
    void sharesOfAKnownMixtureComeOut(Common common) {
        SyntheticModel model = SyntheticModel.smooth(-0.10, -0.02);
        Study study = study(model, Strategy.PARABOLIC, common);
        StudyOutcome outcome = model.run(study).outcome();
        Shares shares = shares(outcome);

        assertThat(Math.log(shares.commonScale())).isCloseTo(-0.06, within(0.003));
        assertThat(shares.common().ofAll().estimate()).isCloseTo(9.0 / 13, within(0.03));
        assertThat(shares.bands().ofAll().estimate()).isCloseTo(4.0 / 13, within(0.03));
        double whole =
                Objects.requireNonNull(outcome.attribution()).gain().objective().estimate();
        assertThat(shares.common().gain().estimate() + shares.bands().gain().estimate())
                .isCloseTo(whole, within(1e-12));
        assertThat(shares.common().repaired().estimate()
                        / shares.common().gain().estimate())
                .isCloseTo(4.0 / 3, within(0.05));
        double repaired = outcome.attribution().repaired().objective().estimate();
        assertThat(shares.common().repaired().estimate()
                        + shares.bands().repaired().estimate())
                .isCloseTo(repaired, within(1e-12));
        assertThat(shares.common().gain().lower())
                .isLessThan(shares.common().gain().estimate());
        assertThat(outcome.candidates().stream()
                        .filter(c -> c.pass() == CommonStart.PASS)
                        .anyMatch(CandidateOutcome::promoted))
                .isEqualTo(common == Common.START);
    }

    @Test
    void aCommonScaleThatIsAControlOnlyChangesNothingOfTheSearch() {
        SyntheticModel model = SyntheticModel.smooth(-0.10, -0.02, 0.05);
        for (Strategy strategy : List.of(Strategy.COORDINATE, Strategy.LINE, Strategy.PARABOLIC)) {
            StudyOutcome plain = model.run(model.study(strategy, Rule.NONE)).outcome();
            StudyOutcome controlled =
                    model.run(study(model, strategy, Common.CONTROL)).outcome();

            assertThat(controlled.scales()).isEqualTo(plain.scales());
            assertThat(controlled.candidates())
                    .filteredOn(c -> c.pass() != CommonStart.PASS)
                    .isEqualTo(plain.candidates());
            assertThat(plain.controls()).isEmpty();
            assertThat(plain.shares()).isNull();
        }
    }

    @Test
    void controlsAreWhatTheirNamesSay() {
        SyntheticModel model = SyntheticModel.smooth(-0.12, -0.02, 0.06);
        Study study = study(model, Strategy.COORDINATE, Common.START);
        StudyOutcome outcome = model.run(study).outcome();
        List<ControlTrial> trials =
                ControlTrial.allOf(study, outcome.scales(), model.run(study).common());

        double[] tuned = outcome.scales().scales();
        assertThat(of(trials, Control.PERMUTED)).hasSize(3).allSatisfy(trial -> {
            assertThat(trial.scales()).isNotEqualTo(outcome.scales());
            assertThat(trial.scales().scales()).containsExactlyInAnyOrder(tuned);
        });
        assertThat(of(trials, Control.RANDOM))
                .hasSize(4)
                .allSatisfy(trial -> assertThat(size(trial.scales().scales())).isCloseTo(size(tuned), within(2e-4)));
        assertThat(of(trials, Control.RANDOM).get(1).scales().scale(2))
                .as("the inverse of the first draw")
                .isCloseTo(1 / of(trials, Control.RANDOM).get(0).scales().scale(2), within(1e-12));
        double common = shares(outcome).commonScale();
        assertThat(of(trials, Control.ATTENTION_FACTOR)).singleElement().satisfies(trial -> {
            assertThat(trial.scales().isIdentity()).isTrue();
            assertThat(((YarnScaling) trial.rope()).attentionFactor())
                    .isCloseTo((0.1 * Math.log(4) + 1) * common, within(1e-12));
        });
        assertThat(trials)
                .extracting(ControlTrial::label)
                .doesNotHaveDuplicates()
                .allMatch(TrialLabel::isControl);
        assertThat(Arrays.stream(Setting.values()).map(TrialLabel::heldOut)).noneMatch(TrialLabel::isControl);
    }

    private static List<ControlTrial> of(List<ControlTrial> trials, Control control) {
        return trials.stream().filter(trial -> trial.control() == control).toList();
    }

    /** Root of the sum of squared logarithms. */
    private static double size(double[] scales) {
        return Math.sqrt(
                Arrays.stream(scales).map(s -> Math.log(s) * Math.log(s)).sum());
    }

    @Test
    void theOrderOfAnswersChangesNothing() {
        SyntheticModel model = new SyntheticModel(new double[] {-0.1, 0.02, -0.05}, new double[] {2, 1, 2}, 0.002);
        for (Strategy strategy : List.of(Strategy.LINE, Strategy.PARABOLIC)) {
            Study study = model.study(strategy, Rule.PAIRED_T).withControls(ALL, Common.START);
            StudyOutcome expected = model.run(study).outcome();
            for (int seed = 0; seed < 5; seed++) {
                assertThat(model.runShuffled(study, new Random(seed)).outcome()).isEqualTo(expected);
            }
        }
    }

    @Test
    void aControlThatFailsIsMissingAndTheOthersAreThere() {
        SyntheticModel model = SyntheticModel.smooth(-0.10, -0.02);
        Study study = study(model, Strategy.PARABOLIC, Common.START);
        StudyProgress progress = StudyProgress.begin(study);
        String failing = TrialLabel.heldOut(Control.RANDOM, 2);
        while (!progress.isDone()) {
            TrialRequest request = progress.wanted().get(0);
            progress = progress.with(
                    request.label(),
                    request.label().equals(failing)
                            ? new TrialResult.Failed("out of memory")
                            : model.race(progress, request));
        }
        StudyOutcome outcome = progress.outcome();

        assertThat(outcome.controls())
                .extracting(ControlGain::control)
                .containsExactly(Control.COMMON, Control.PERMUTED, Control.ATTENTION_FACTOR);
        assertThat(outcome.notes()).contains(failing + " failed: out of memory; that control is missing.");
        assertThat(outcome.shares()).isNotNull();
    }

    @Test
    void everyTrialOfAStudyHasItsPrecision() {
        SyntheticModel model = SyntheticModel.smooth(-0.10, -0.02);
        Study exact = study(model, Strategy.PARABOLIC, Common.START);
        Study.Model of = exact.model();
        Study study = new Study(
                exact.id(),
                new Study.Model(
                        of.checkpointDigest(),
                        Precision.BFLOAT16,
                        of.geometry(),
                        of.trainedWindow(),
                        of.rope(),
                        of.quantization(),
                        of.calibration()),
                exact.partition(),
                exact.mode(),
                exact.objective(),
                exact.search(),
                exact.stopping(),
                exact.plans(),
                exact.controls());
        StudyProgress progress = StudyProgress.begin(study);
        while (!progress.isDone()) {
            assertThat(progress.wanted())
                    .allSatisfy(
                            request -> assertThat(request.spec().precision()).isEqualTo(Precision.BFLOAT16));
            TrialRequest request = progress.wanted().get(0);
            progress = progress.with(request.label(), model.race(progress, request));
        }
        assertThat(progress.outcome().controls()).hasSize(ALL.size());
    }
}
