package qroar.experiments.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import qroar.experiments.search.SearchSettings.Common;
import qroar.experiments.search.SearchSettings.Start;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.experiments.study.StudyOutcome.CandidateOutcome;
import qroar.experiments.study.cost.StudyForecast;
import qroar.experiments.trial.Control;
import qroar.experiments.trial.Setting;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.LayerGroups;
import qroar.protocol.band.ScaleMode;

/** Searches over groups of layers times bands. */
class LayersTest {
    /** Two bands in each of two layers, every best scale another. */
    private static final SyntheticModel MODEL = SyntheticModel.smooth(0.12, -0.08, -0.05, 0.1);

    private static Study layered(Study study, int bands, LayerGroups layers) {
        return new Study(
                study.id(),
                study.model(),
                BandPartition.logSpaced(8, bands).in(layers),
                study.mode(),
                study.objective(),
                study.search(),
                study.stopping(),
                study.plans());
    }

    private static Study study(Strategy strategy, Rule rule) {
        return layered(MODEL.study(strategy, rule), 2, LayerGroups.of(2, 1));
    }

    @ParameterizedTest
    @EnumSource(
            value = Strategy.class,
            names = {"PARABOLIC", "COORDINATE", "LINE"})
    void everyStrategyFindsTheBestScaleOfEveryGroupAndBand(Strategy strategy) {
        StudyProgress end = MODEL.run(study(strategy, Rule.NONE));
        StudyOutcome outcome = end.outcome();
        for (int cell = 0; cell < 4; cell++) {
            assertThat(Math.log(outcome.scales().scale(cell))).isCloseTo(MODEL.optimum()[cell], within(0.04));
        }
        assertThat(outcome.heldOut()).containsOnlyKeys(Setting.values());
        assertThat(outcome.bands()).extracting(band -> band.layers().size()).containsExactly(1, 1, 1, 1);
        assertThat(outcome.bands())
                .extracting(band -> band.layers().get(0).layer())
                .containsExactly(0, 0, 1, 1);
        assertThat(outcome.candidates())
                .extracting(CandidateOutcome::label)
                .filteredOn(label -> label.startsWith("pass-1/"))
                .isNotEmpty()
                .allMatch(label -> label.matches("pass-1/layer-[01]/band-[01]/scale-.*"));
    }

    /** A line search that knows the slope begins on the side where it falls, in every group. */
    @Test
    void slopesOfEveryGroupPointTheWay() {
        Study study = layered(
                MODEL.study(Strategy.LINE, Rule.NONE, ScaleMode.SHARED, 8, 32, Start.GRADIENT),
                2,
                LayerGroups.of(2, 1));
        StudyOutcome outcome = MODEL.run(study).outcome();
        for (int cell = 0; cell < 4; cell++) {
            assertThat(Math.signum(outcome.bands().get(cell).diagnosis().gradient()))
                    .isEqualTo(-Math.signum(MODEL.optimum()[cell]));
            assertThat(Math.log(outcome.scales().scale(cell))).isCloseTo(MODEL.optimum()[cell], within(0.04));
        }
    }

    @Test
    void whateverArrivesFirstTheSameIsChosen() {
        Study study = study(Strategy.COORDINATE, Rule.CONFIDENCE_SEQUENCE);
        StudyOutcome expected = MODEL.run(study).outcome();
        for (int seed = 0; seed < 3; seed++) {
            assertThat(MODEL.runShuffled(study, new Random(seed)).outcome().scales())
                    .isEqualTo(expected.scales());
        }
    }

    /** What a study of one band over both layers would ask is what one of all layers asks. */
    @Test
    void oneGroupOfAllLayersIsTheStudyOfAllLayers() {
        Study all = MODEL.study(Strategy.LINE, Rule.NONE);
        assertThat(layered(all, 4, LayerGroups.of(2, 2))).isEqualTo(all);
    }

    @ParameterizedTest
    @EnumSource(
            value = Strategy.class,
            names = {"PARABOLIC", "COORDINATE", "LINE"})
    void theForecastCountsGroupsTimesBands(Strategy strategy) {
        Study study = study(strategy, Rule.NONE).withControls(List.of(Control.values()), Common.START);
        StudyForecast forecast = StudyForecast.of(study, new HashSet<>());
        StudyForecast alike = StudyForecast.of(
                SyntheticModel.smooth(0, 0)
                        .study(strategy, Rule.NONE)
                        .withControls(List.of(Control.values()), Common.START),
                new HashSet<>());
        int common = 3;
        assertThat(forecast.candidates().least().trials() - common)
                .isEqualTo(2 * (alike.candidates().least().trials() - common));
        long read = MODEL.run(study).outcome().candidates().size();
        assertThat(read).isBetween((long) forecast.candidates().least().trials(), (long)
                forecast.candidates().most().trials());
    }

    @Test
    void moreScalesThanAMessageHoldsAreRefused() {
        Study study = layered(MODEL.study(Strategy.LINE, Rule.NONE), 8, LayerGroups.of(600, 1));
        assertThatThrownBy(() -> StudyProgress.begin(study))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("600 groups of layers")
                .hasMessageContaining("at most 4096");
    }

    @Test
    void symmetricScalesOfLayersAreNoScalesEither() {
        Study study =
                layered(MODEL.study(Strategy.LINE, Rule.NONE, ScaleMode.SYMMETRIC, 2, 32), 2, LayerGroups.of(2, 1));
        assertThat(study.isNoOp()).isTrue();
    }
}
