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
import org.junit.jupiter.params.provider.CsvSource;
import qroar.experiments.objective.Aim;
import qroar.experiments.objective.Questions;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.RecordedLosses;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.experiments.stopping.StoppingSettings;
import qroar.experiments.study.cost.Replay;
import qroar.experiments.trial.Control;
import qroar.experiments.trial.Setting;
import qroar.experiments.trial.TrialLabel;
import qroar.protocol.band.BandScales;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.ItemRef;

/** Texts and questions whose best scales differ: each objective finds its own. */
class NeedleSearchTest {
    private static final int ROUNDS = 6;
    private static final int PER_ROUND = 4;
    private static final double[] TEXT_OPTIMUM = {0.12, -0.08, 0.03};
    private static final double[] ANSWER_OPTIMUM = {-0.06, 0.1, -0.1};
    private static final SyntheticModel TEXTS = SyntheticModel.smooth(TEXT_OPTIMUM);

    private static Study study(Strategy strategy, Rule rule, Aim aim) {
        Study plain = TEXTS.study(strategy, rule);
        Questions searched = questions("searched");
        Questions heldOut = questions("held-out");
        List<ItemRef> items = new ArrayList<>();
        for (int cell = 0; cell < PER_ROUND; cell++) {
            for (int round = 0; round < ROUNDS; round++) {
                DocumentRef question = heldOut.documents().get(round * PER_ROUND + cell);
                items.add(new ItemRef(
                        question.digest(),
                        0,
                        List.of(new ItemRef.Continuation(question.tokens() - 4, question.tokens()))));
            }
        }
        ScoredTask task =
                new ScoredTask("passkey", EvaluationPlan.ofItems(items, EvaluationPlan.WHOLE), ScoredTask.Kind.NEEDLES);
        return new Study(
                        plain.id(),
                        plain.model(),
                        plain.partition(),
                        plain.mode(),
                        plain.objective().with(aim, PER_ROUND),
                        plain.search(),
                        plain.stopping(),
                        plain.plans())
                .withPlans(new Study.Plans(
                        searched.plan(aim, plain.searchPlan()),
                        plain.heldOutPlan(),
                        plain.shortPlan(),
                        List.of(task),
                        new Study.Asked(
                                plain.searchPlan(), heldOut.judged(aim, plain.heldOutPlan()), List.of(task), ROUNDS)));
    }

    private static Questions questions(String name) {
        List<DocumentRef> documents = new ArrayList<>();
        List<Integer> scoredFrom = new ArrayList<>();
        for (int q = 0; q < ROUNDS * PER_ROUND; q++) {
            int tokens = 100 * (1 + q % PER_ROUND);
            documents.add(new DocumentRef("question", name + " " + q, tokens));
            scoredFrom.add(tokens - 4);
        }
        return new Questions(documents, scoredFrom, PER_ROUND);
    }

    private static double answerLoss(String digest, BandScales scales) {
        double loss = 0.5 + 0.1 * new Random(digest.hashCode()).nextGaussian();
        for (int b = 0; b < ANSWER_OPTIMUM.length; b++) {
            double off = Math.log(scales.scale(b)) - ANSWER_OPTIMUM[b];
            loss += 3 * off * off;
        }
        return 4 * loss;
    }

    private static double[] losses(TrialRequest request) {
        EvaluationPlan plan = request.spec().plan();
        double[] texts = plan.scoresItems() ? new double[plan.windows().size()] : TEXTS.losses(request.spec());
        plan.windows().forEach(window -> {
            if (plan.scoresItems() && window.tokens() == 0) {
                texts[window.index()] = 1;
            } else if (plan.scoresItems() || plan.isAnswer(window.document())) {
                texts[window.index()] = answerLoss(
                        plan.documents().get(window.document()).digest(),
                        request.spec().scales());
            }
        });
        return texts;
    }

    private static TrialResult answer(StudyProgress progress, TrialRequest request) {
        double[] losses = Arrays.copyOf(losses(request), request.windowLimit());
        for (int seen = 1; seen < losses.length; seen++) {
            var verdict = progress.judge(request.label(), Arrays.copyOf(losses, seen));
            if (verdict.stop()) {
                return new TrialResult.Stopped(Arrays.copyOf(losses, seen), verdict);
            }
        }
        TrialResult.Measured plain = TEXTS.measure(request);
        return new TrialResult.Measured(losses, plain.activations(), plain.gradients());
    }

    private static StudyProgress run(Study study, long seed) {
        Random random = new Random(seed);
        StudyProgress progress = StudyProgress.begin(study);
        while (!progress.isDone()) {
            List<TrialRequest> wanted = progress.wanted();
            TrialRequest next = wanted.get(random.nextInt(wanted.size()));
            progress = progress.with(next.label(), answer(progress, next));
        }
        return progress;
    }

    @ParameterizedTest
    @CsvSource({
        "PARABOLIC,CONFIDENCE_SEQUENCE",
        "LINE,PAIRED_T",
        "COORDINATE,BETTING",
        "COORDINATE,HALVING",
        "JOINT,NONE"
    })
    void eachObjectiveFindsItsOwnScalesUnderEveryStrategyAndRule(Strategy strategy, Rule rule) {
        StudyOutcome needle = run(study(strategy, rule, Aim.NEEDLE), 1).outcome();
        StudyOutcome mixture = run(study(strategy, rule, new Aim(0.5)), 1).outcome();
        for (int b = 0; b < 3; b++) {
            double found = Math.log(needle.scales().scale(b));
            double mixed = Math.log(mixture.scales().scale(b));
            assertThat(found).as("band " + b).isCloseTo(ANSWER_OPTIMUM[b], within(0.045));
            assertThat(Math.abs(mixed - ANSWER_OPTIMUM[b])).isGreaterThan(0.02);
            assertThat(Math.abs(mixed - TEXT_OPTIMUM[b])).isGreaterThan(0.02);
        }
        assertThat(Objects.requireNonNull(needle.search()).perplexitiesAfter()).isEmpty();
        assertThat(Objects.requireNonNull(mixture.search()).perplexitiesAfter()).hasSize(4);
    }

    @Test
    void anyOrderOfAnswersDecidesTheSame() {
        Study study = study(Strategy.PARABOLIC, Rule.CONFIDENCE_SEQUENCE, new Aim(0.3));
        StudyOutcome first = run(study, 1).outcome();
        for (int seed = 2; seed < 6; seed++) {
            assertThat(run(study, seed).outcome()).as("seed " + seed).isEqualTo(first);
        }
    }

    @Test
    void heldOutFiguresAreThoseOfHeldOutQuestions() {
        StudyProgress progress = run(study(Strategy.PARABOLIC, Rule.CONFIDENCE_SEQUENCE, Aim.NEEDLE), 1);
        StudyOutcome outcome = progress.outcome();
        double before = 0;
        double after = 0;
        for (int q = 0; q < ROUNDS * PER_ROUND; q++) {
            BandScales identity = BandScales.identity(
                    outcome.scales().partition(), outcome.scales().mode());
            before += answerLoss("held-out " + q, identity) / 4 / (ROUNDS * PER_ROUND);
            after += answerLoss("held-out " + q, outcome.scales()) / 4 / (ROUNDS * PER_ROUND);
        }
        var baseline = Objects.requireNonNull(outcome.heldOut().get(Setting.BASELINE));
        assertThat(Math.log(baseline.objective().estimate())).isCloseTo(before, within(1e-9));
        assertThat(Objects.requireNonNull(baseline.answerNll()).estimate()).isCloseTo(before, within(1e-9));
        assertThat(baseline.perplexities()).hasSize(4);
        assertThat(baseline.documents()).hasSize(8);
        var attribution = Objects.requireNonNull(outcome.attribution());
        assertThat(attribution.gain().objective().estimate()).isCloseTo(before - after, within(1e-9));
        assertThat(attribution.sentence()).startsWith("On held-out questions J of needles falls by");
        // Rounds are the blocks: each has the same gain but for rounding, and so the interval is narrow.
        assertThat(attribution.gain().objective().lower()).isCloseTo(before - after, within(1e-6));
    }

    @Test
    void controlsAreJudgedByTheSameQuestions() {
        Study study = study(Strategy.PARABOLIC, Rule.CONFIDENCE_SEQUENCE, Aim.NEEDLE)
                .withControls(
                        List.of(Control.COMMON, Control.RANDOM),
                        qroar.experiments.search.SearchSettings.Common.CONTROL);
        StudyProgress progress = run(study, 3);
        StudyOutcome outcome = progress.outcome();
        assertThat(outcome.controls()).extracting(gain -> gain.control()).contains(Control.RANDOM);
        outcome.controls()
                .forEach(control -> assertThat(control.tunedBeyond().estimate()
                                + control.gain().estimate())
                        .isCloseTo(
                                Objects.requireNonNull(outcome.attribution())
                                        .gain()
                                        .objective()
                                        .estimate(),
                                within(1e-9)));
        assertThat(outcome.shares()).isNotNull();
    }

    @Test
    void aMissingTaskIsAMissingFigureAndNoWrongOne() {
        Study study = study(Strategy.PARABOLIC, Rule.NONE, Aim.NEEDLE);
        StudyProgress progress = StudyProgress.begin(study);
        while (!progress.isDone()) {
            TrialRequest next = progress.wanted().get(0);
            boolean lost = next.label().equals(TrialLabel.task("passkey", Setting.TUNED));
            progress = progress.with(next.label(), lost ? new TrialResult.Failed("lost") : answer(progress, next));
        }
        assertThat(progress.outcome().heldOut())
                .doesNotContainKey(Setting.TUNED)
                .containsKey(Setting.BASELINE);
        assertThat(progress.outcome().attribution()).isNull();
    }

    @ParameterizedTest
    @CsvSource({"1", "0.4"})
    void recordedLossesAreReadAsWritten(double share) {
        StudyProgress progress = run(study(Strategy.COORDINATE, Rule.NONE, new Aim(share)), 1);
        RecordedLosses recorded = Replay.losses(progress);
        RecordedLosses read = RecordedLosses.read("losses.json", recorded.write());
        assertThat(recorded.write()).startsWith("{\"format\":\"qroar-losses/2\"");
        assertThat(read).isEqualTo(recorded);
        var pair = read.toPairs().get(0);
        assertThat(pair.shuffled(new Random(1)).gain()).isCloseTo(pair.gain(), within(1e-12));
        assertThat(pair.withGain(0.02).gain()).isCloseTo(0.02, within(1e-12));
    }

    @Test
    void aReplayUnderAnotherRuleKeepsTheObjective() {
        StudyProgress progress = run(study(Strategy.COORDINATE, Rule.NONE, Aim.NEEDLE), 1);
        StudyOutcome again = run(progress.study().withStopping(new StoppingSettings(Rule.CONFIDENCE_SEQUENCE, 0.05)), 1)
                .outcome();
        assertThat(again.scales()).isEqualTo(progress.outcome().scales());
        assertThat(again.tokens().spent())
                .isLessThan(progress.outcome().tokens().spent());
    }
}
