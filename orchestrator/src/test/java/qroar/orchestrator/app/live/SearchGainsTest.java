package qroar.orchestrator.app.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import qroar.experiments.study.StudyProgress;
import qroar.experiments.study.TrialRequest;
import qroar.experiments.study.TrialResult;
import qroar.orchestrator.app.TwoBandStudy;

class SearchGainsTest {
    @Test
    void onlyStudiesThatCameOnAreLookedAt() {
        List<StudyProgress> looked = new ArrayList<>();
        SearchGains gains = new SearchGains(progress -> {
            looked.add(progress);
            return progress.searchGain();
        });
        List<StudyProgress> studies = new ArrayList<>();
        for (int s = 0; s < 50; s++) {
            studies.add(StudyProgress.begin(TwoBandStudy.named("s" + s)));
        }
        assertThat(best(gains, studies)).isNaN();
        assertThat(looked).hasSize(50);
        looked.clear();

        assertThat(best(gains, studies)).isNaN();
        assertThat(looked).isEmpty();

        StudyProgress further = answered(studies.get(7), 1, 1);
        studies.set(7, further);
        assertThat(best(gains, studies)).isZero();
        assertThat(looked).containsExactly(further);
        assertThat(best(gains, studies)).isZero();
        assertThat(looked).hasSize(1);
    }

    @Test
    void theLargestOfTheGainsIsTheOneThatTheOutcomesTell() {
        List<StudyProgress> studies = new ArrayList<>(List.of(
                StudyProgress.begin(TwoBandStudy.named("a")),
                StudyProgress.begin(TwoBandStudy.named("b")),
                StudyProgress.begin(TwoBandStudy.named("c"))));
        SearchGains gains = new SearchGains();
        assertThat(best(gains, studies)).isNaN();
        studies.set(1, answered(studies.get(1), 1, 2));
        assertThat(best(gains, studies)).isZero();
        studies.set(2, searched(studies.get(2), 2, 1.5));
        assertThat(best(gains, studies)).isEqualTo(gain(studies.get(2))).isPositive();
        studies.set(1, searched(studies.get(1), 2, 1.75));
        assertThat(gain(studies.get(1))).isPositive().isLessThan(gain(studies.get(2)));
        assertThat(best(gains, studies)).isEqualTo(gain(studies.get(2)));
    }

    private static double best(SearchGains gains, List<StudyProgress> studies) {
        double best = Double.NaN;
        for (int s = 0; s < studies.size(); s++) {
            double gain = gains.of(s, studies.get(s));
            best = Double.isNaN(best) || gain > best ? gain : best;
        }
        return best;
    }

    private static double gain(StudyProgress progress) {
        return java.util.Objects.requireNonNull(progress.outcome().search()).gain();
    }

    /** What is wanted first answered with one loss per token, the baseline with another. */
    private static StudyProgress answered(StudyProgress begun, double lossNats, double baselineNats) {
        StudyProgress progress = begun;
        for (TrialRequest request : begun.wanted()) {
            double perToken = request.label().equals("baseline") ? baselineNats : lossNats;
            progress = progress.with(request.label(), measured(request, perToken));
        }
        return progress;
    }

    private static StudyProgress searched(StudyProgress begun, double baselineNats, double candidateNats) {
        StudyProgress progress = begun;
        while (!progress.isDone()) {
            TrialRequest request = progress.wanted().get(0);
            boolean candidate = request.label().startsWith("pass-");
            progress = progress.with(request.label(), measured(request, candidate ? candidateNats : baselineNats));
        }
        return progress;
    }

    private static TrialResult measured(TrialRequest request, double perToken) {
        double[] losses = new double[request.windowLimit()];
        Arrays.setAll(
                losses, w -> perToken * request.spec().plan().windows().get(w).tokens());
        return new TrialResult.Measured(losses, List.of());
    }
}
