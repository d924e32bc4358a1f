package qroar.experiments.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import qroar.experiments.diagnosis.SearchWindow;
import qroar.experiments.search.SearchSettings.Common;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.experiments.study.StudyOutcome.BandOutcome;

class BandFoldTest {
    private static BandFold fold(StudyProgress progress) {
        return BandFold.of(
                progress, Objects.requireNonNull(progress.incumbent()).scales());
    }

    @Test
    void nothingIsSaidBeforeTheDiagnosticsAreIn() {
        SyntheticModel model = SyntheticModel.smooth(0.1, 0);
        Study study = model.study(Strategy.LINE, Rule.NONE);
        BandFold fold = BandFold.of(StudyProgress.begin(study), study.baseline().scales());
        assertThat(fold.bands()).isEmpty();
        assertThat(fold.note()).isNull();
    }

    @Test
    void winnersOnAnEdgeAreNamedWithTheirWindow() {
        SyntheticModel far = SyntheticModel.smooth(0.6, 0.0);
        BandFold fold = fold(far.run(far.study(Strategy.LINE, Rule.PAIRED_T)));
        assertThat(fold.bands()).extracting(BandOutcome::onEdge).containsExactly(true, false);
        assertThat(fold.note())
                .contains("edge of the search window in band 0 (")
                .doesNotContain("band 1")
                .contains("hard bounds 0.5000..2.000");

        SyntheticModel near = SyntheticModel.smooth(0.05, 0.0);
        assertThat(fold(near.run(near.study(Strategy.LINE, Rule.PAIRED_T))).note())
                .isNull();
    }

    /** Both bands want less than 1, so the common scale does: grids and windows lie around it. */
    @Test
    void gridsAndWindowsLieAroundTheCommonScaleThatTheSearchBeganAt() {
        SyntheticModel model = SyntheticModel.smooth(-0.15, -0.2);
        StudyProgress end = model.run(model.study(Strategy.LINE, Rule.NONE).withControls(List.of(), Common.START));
        assertThat(end.centre()).isLessThan(0.95);
        for (BandOutcome band : fold(end).bands()) {
            List<Double> grid = band.grid();
            assertThat(grid).isSorted().contains(end.centre());
            SearchWindow around1 =
                    Objects.requireNonNull(end.bands()).get(band.index()).window();
            assertThat(band.diagnosis().window().low()).isCloseTo(end.centre() * around1.low(), within(1e-9));
        }
    }

    @Test
    void everyLayersTailsAreToldOfEveryBand() {
        SyntheticModel model = SyntheticModel.smooth(0.1, 0.05);
        BandFold fold = fold(model.run(model.study(Strategy.LINE, Rule.NONE)));
        for (BandOutcome band : fold.bands()) {
            assertThat(band.layers()).extracting(StudyOutcome.LayerTails::layer).containsExactly(0, 1);
            assertThat(band.layers()).allMatch(tail -> Math.abs(tail.tirWeights() - 2) < 0.1);
        }
    }
}
