package qroar.experiments.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import qroar.experiments.objective.PlanWindows;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.experiments.stopping.Verdict;
import qroar.protocol.trial.TrialKey;

class StudySearchTest {
    private static final SyntheticModel MODEL = SyntheticModel.smooth(0.12, -0.08, 0.03);

    private static StudySearch begun(Study study) {
        StudyProgress progress = StudyProgress.begin(study);
        for (TrialRequest request : progress.wanted()) {
            progress = progress.with(request.label(), MODEL.measure(request));
        }
        return StudySearch.begin(
                study,
                new PlanWindows(study.searchPlan()),
                Objects.requireNonNull(progress.start()),
                Objects.requireNonNull(progress.bands()));
    }

    @ParameterizedTest
    @EnumSource(value = Strategy.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void somethingIsWantedUntilItIsOver(Strategy strategy) {
        StudySearch search = begun(MODEL.study(strategy, Rule.NONE));
        Random random = new Random(3);
        Set<String> asked = new HashSet<>();
        while (!search.isOver()) {
            assertThat(search.wanted()).isNotEmpty();
            TrialRequest request =
                    search.wanted().get(random.nextInt(search.wanted().size()));
            assertThat(search.races(request.label())).isTrue();
            assertThat(search.hasRaced(request.label())).isFalse();
            asked.add(request.label());
            search = search.with(request.label(), MODEL.measure(request));
        }
        assertThat(search.wanted()).isEmpty();
        assertThat(search.round()).isNull();
        assertThat(asked).isNotEmpty().allMatch(search::hasRaced).noneMatch(search::races);
        for (int band = 0; band < 3; band++) {
            assertThat(Math.log(search.incumbent().scales().scale(band)))
                    .isCloseTo(MODEL.optimum()[band], within(0.04));
        }
    }

    @Test
    void whatIsNoCandidateOfTheRoundOrTooShortChangesNothing() {
        StudySearch search = begun(MODEL.study(Strategy.COORDINATE, Rule.PAIRED_T));
        TrialRequest candidate = search.wanted().get(0);

        assertThat(search.with("held-out/baseline", new TrialResult.Failed("x")))
                .isSameAs(search);
        assertThat(search.with(candidate.label(), new TrialResult.Measured(new double[] {1}, List.of())))
                .isSameAs(search);
        StudySearch failed = search.with(candidate.label(), new TrialResult.Failed("x"));
        assertThat(failed.with(candidate.label(), MODEL.measure(candidate))).isSameAs(failed);
        assertThat(search.judge("held-out/baseline", new double[] {9, 9})).isEqualTo(Verdict.UNDECIDED);
        assertThat(search.forecast("held-out/baseline", new double[] {9, 9})).isNull();
    }

    /** The parabolic search wants a candidate or two at a time, so what comes next is worth a guess. */
    @Test
    void whatIsForeseenIsNotWantedYetAndSomeOfItSoonIs() {
        StudySearch search = begun(MODEL.study(Strategy.PARABOLIC, Rule.NONE));
        Set<TrialKey> foreseen = new HashSet<>();
        int hits = 0;
        while (!search.isOver()) {
            List<TrialRequest> wanted = search.wanted();
            List<TrialKey> keys = keys(wanted);
            hits += keys.stream().anyMatch(foreseen::contains) ? 1 : 0;
            List<TrialKey> likely = keys(search.foreseen(wanted));
            assertThat(likely)
                    .doesNotHaveDuplicates()
                    .doesNotContainAnyElementsOf(keys)
                    .hasSizeLessThanOrEqualTo(16);
            foreseen.addAll(likely);
            search = search.with(wanted.get(0).label(), MODEL.measure(wanted.get(0)));
        }
        assertThat(hits).isPositive();
        assertThat(search.foreseen(List.of())).isEmpty();
    }

    private static List<TrialKey> keys(List<TrialRequest> requests) {
        List<TrialKey> keys = new ArrayList<>();
        requests.forEach(request -> keys.add(request.spec().key()));
        return keys;
    }
}
