package qroar.experiments.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.experiments.study.StudyOutcome.CandidateOutcome;
import qroar.experiments.trial.Ending;
import qroar.protocol.trial.WindowSpan;

/** The parabolic strategy on models whose best scales are known; the state machine around it is the product's. */
class ParabolicSearchTest {
    private static final int WINDOWS_OF_DOCUMENT = 16;
    private static final SyntheticModel MODEL = SyntheticModel.smooth(0.1, -0.07, 0.02);

    private static StudyOutcome run(Study study, BiFunction<TrialRequest, double[], TrialResult> measured) {
        StudyProgress progress = StudyProgress.begin(study);
        while (!progress.isDone()) {
            TrialRequest request = progress.wanted().get(0);
            TrialResult answer = measured.apply(request, MODEL.measure(request).nllNats());
            progress = progress.with(request.label(), answer);
        }
        return progress.outcome();
    }

    private static TrialResult whole(double[] losses) {
        return new TrialResult.Measured(losses, List.of());
    }

    @Test
    void findsTheBestScalesMoreFinelyThanTheGrid() {
        Random random = new Random(5);
        for (int i = 0; i < 20; i++) {
            double[] optimum = {0.3 * random.nextDouble() - 0.15, 0.3 * random.nextDouble() - 0.15, 0.02};
            SyntheticModel model = SyntheticModel.smooth(optimum);
            StudyOutcome outcome =
                    model.run(model.study(Strategy.PARABOLIC, Rule.PAIRED_T)).outcome();
            for (int b = 0; b < optimum.length; b++) {
                // What lies nearer gains less than min-gain 0.0005 at a curvature of 2; the grid's half step is 0.044.
                assertThat(Math.log(outcome.scales().scale(b))).isCloseTo(optimum[b], within(0.025));
            }
        }
    }

    @Test
    void endsWithinMinGainOfWhatEveryCandidateInFullEndsWith() {
        for (double noise : new double[] {0, 0.0005, 0.001}) {
            SyntheticModel noisy = new SyntheticModel(MODEL.optimum(), MODEL.curvature(), noise);
            StudyOutcome full =
                    noisy.run(noisy.study(Strategy.COORDINATE, Rule.NONE)).outcome();
            StudyOutcome few =
                    noisy.run(noisy.study(Strategy.PARABOLIC, Rule.PAIRED_T)).outcome();
            double after = Objects.requireNonNull(few.search()).objectiveAfter();
            assertThat(after)
                    .isLessThanOrEqualTo(Objects.requireNonNull(full.search()).objectiveAfter() * 1.0005);
            assertThat(few.tokens().spent()).isLessThan(full.tokens().spent() / 5);
        }
    }

    @Test
    void passesReadTwiceAsManyDocumentsEachAndTheLastWordHaveAll() {
        SyntheticModel noisy = new SyntheticModel(MODEL.optimum(), MODEL.curvature(), 0.002);
        StudyOutcome outcome =
                noisy.run(noisy.study(Strategy.PARABOLIC, Rule.PAIRED_T)).outcome();
        for (CandidateOutcome candidate : outcome.candidates()) {
            int documents = candidate.label().equals("confirm") ? 8 : 1 << (candidate.pass() - 1);
            assertThat(candidate.windowsSeen()).as(candidate.label()).isEqualTo(documents * WINDOWS_OF_DOCUMENT);
        }
        assertThat(outcome.candidates()).extracting(CandidateOutcome::pass).contains(1, 2);
        assertThat(outcome.candidates())
                .filteredOn(CandidateOutcome::promoted)
                .singleElement()
                .satisfies(last -> assertThat(last.windowsSeen()).isEqualTo(8 * WINDOWS_OF_DOCUMENT));
    }

    @Test
    void whatOnlyTheFirstDocumentsLikeIsNotChosen() {
        StudyOutcome outcome = run(MODEL.study(Strategy.PARABOLIC, Rule.NONE), (request, losses) -> {
            boolean scaled = !request.spec().scales().isIdentity();
            for (int w = 4 * WINDOWS_OF_DOCUMENT; scaled && w < losses.length; w++) {
                losses[w] *= 1.5;
            }
            return whole(losses);
        });
        assertThat(outcome.candidates()).extracting(CandidateOutcome::label).contains("confirm");
        assertThat(outcome.scales().isIdentity()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pass-1/band-0/", "pass-1/", "pass-2/", "pass-2/start", "confirm"})
    void trialsThatComeToNothingEndNoSearch(String which) {
        Set<String> diverged = new TreeSet<>();
        StudyOutcome outcome = run(MODEL.study(Strategy.PARABOLIC, Rule.PAIRED_T), (request, losses) -> {
            if (request.label().startsWith(which)) {
                diverged.add(request.label());
                return new TrialResult.Diverged(2);
            }
            return whole(losses);
        });
        assertThat(diverged).isNotEmpty();
        assertThat(outcome.candidates())
                .filteredOn(c -> diverged.contains(c.label()))
                .extracting(CandidateOutcome::ending)
                .containsOnly(Ending.DIVERGED);
        boolean chosen = !outcome.scales().isIdentity();
        assertThat(chosen).isEqualTo(which.equals("pass-1/band-0/") || which.equals("pass-2/start"));
        assertThat(Objects.requireNonNull(outcome.search()).gain()).isGreaterThanOrEqualTo(0);
    }

    @Test
    void aLossThatFallsEverywhereIsFollowedToTheEndsOfTheWindows() {
        StudyOutcome outcome = run(MODEL.study(Strategy.PARABOLIC, Rule.NONE), (request, losses) -> {
            List<WindowSpan> windows = request.spec().plan().windows();
            double sum = 0;
            for (int b = 0; b < 3; b++) {
                sum += Math.log(request.spec().scales().scale(b));
            }
            for (int w = 0; w < losses.length; w++) {
                losses[w] = windows.get(w).tokens() * (2 - 0.1 * sum);
            }
            return whole(losses);
        });
        outcome.bands().forEach(band -> {
            assertThat(band.onEdge()).isTrue();
            assertThat(band.scale()).isGreaterThan(band.grid().get(band.grid().size() - 1));
            assertThat(band.scale()).isLessThanOrEqualTo(2.0);
        });
    }
}
