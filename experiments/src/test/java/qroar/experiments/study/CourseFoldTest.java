package qroar.experiments.study;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import qroar.experiments.objective.PlanWindows;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.experiments.study.StudyOutcome.CandidateOutcome;
import qroar.experiments.study.StudyOutcome.Course;
import qroar.protocol.band.BandScales;

class CourseFoldTest {
    private static final SyntheticModel MODEL = SyntheticModel.smooth(0.12, -0.08, 0.03);

    /** Points that a strategy meets again, on more documents, are read once, as far as they were read at all. */
    @ParameterizedTest
    @EnumSource(
            value = Strategy.class,
            names = {"COORDINATE", "PARABOLIC"})
    void everyPointIsPaidForOnce(Strategy strategy) {
        Study study = MODEL.study(strategy, Rule.PAIRED_T);
        Course course = CourseFold.of(MODEL.run(study));
        Map<BandScales, Integer> windows = new HashMap<>();
        course.candidates().forEach(each -> windows.merge(each.scales(), each.windowsSeen(), Math::max));
        PlanWindows plan = new PlanWindows(study.searchPlan());
        assertThat(course.tokens().spent())
                .isEqualTo(
                        windows.values().stream().mapToLong(plan::forwardTokens).sum());
        assertThat(course.tokens().saved()).isPositive();
    }

    /** A band's winner is what the next candidates are raced against, and the last one what the search chose. */
    @Test
    void whatWinsItsVisitIsPromoted() {
        StudyProgress end = MODEL.run(MODEL.study(Strategy.COORDINATE, Rule.PAIRED_T));
        List<CandidateOutcome> candidates = CourseFold.of(end).candidates();
        Set<String> winners = new HashSet<>();
        candidates.forEach(each -> winners.add(each.reference()));
        winners.add(Objects.requireNonNull(end.incumbent()).label());
        winners.remove("baseline");
        assertThat(candidates)
                .filteredOn(CandidateOutcome::promoted)
                .extracting(CandidateOutcome::label)
                .containsExactlyInAnyOrderElementsOf(winners);
    }

    @Test
    void aPassCountsFromItsFirstCandidateAndAFaultAsFarAsItWasRead() {
        Study study = MODEL.study(Strategy.COORDINATE, Rule.PAIRED_T);
        StudyProgress progress = StudyProgress.begin(study);
        assertThat(CourseFold.of(progress).passes()).isZero();
        for (TrialRequest request : progress.wanted()) {
            progress = progress.with(request.label(), MODEL.measure(request));
        }
        Course begun = CourseFold.of(progress);
        assertThat(begun.passes()).isEqualTo(1);
        assertThat(begun.candidates()).isEmpty();

        List<TrialRequest> wanted = progress.wanted();
        progress = progress.with(wanted.get(0).label(), new TrialResult.Diverged(2))
                .with(wanted.get(1).label(), new TrialResult.Failed("out of memory"));
        Course course = CourseFold.of(progress);
        assertThat(course.candidates())
                .extracting(CandidateOutcome::windowsSeen)
                .containsExactly(3, 0);
        assertThat(course.candidates())
                .extracting(CandidateOutcome::cause)
                .containsExactly("diverged in window 2", "failed: out of memory");
        assertThat(course.candidates()).allMatch(each -> Double.isNaN(each.gain()));
        assertThat(course.tokens().spent()).isEqualTo(new PlanWindows(study.searchPlan()).forwardTokens(3));
    }
}
