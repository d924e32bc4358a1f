package qroar.reports.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import qroar.experiments.trial.Control;
import qroar.experiments.trial.Setting;
import qroar.reports.model.TaskScore;
import qroar.reports.model.needle.NeedleScores;

class NeedleHeatTest {
    @Test
    void aCellIsColouredByTheMeanProbabilityOfAToken() {
        assertThat(NeedleHeat.shade(cell(0))).isEqualTo("heat8");
        assertThat(NeedleHeat.shade(cell(-Math.log(0.5)))).isEqualTo("heat4");
        assertThat(NeedleHeat.shade(cell(7))).isEqualTo("heat0");
        assertThat(NeedleHeat.shade(cell(Double.NaN))).isEqualTo("heat0");
        assertThat(NeedleHeat.loss(cell(0.125))).isEqualTo("0.13");
    }

    @Test
    void modelsOfATaskStandTogetherAndMultipleChoiceApart() {
        TaskScore choice = new TaskScore("piqa", 0, Setting.TUNED, 2, 0.5, 0.5, null, null, null);
        List<TaskScore> all = List.of(needles("vt", Setting.BASELINE), choice, needles("vt", Setting.TUNED));
        List<NeedleHeat> heats = NeedleHeat.of(all);
        assertThat(heats).hasSize(1);
        assertThat(heats.get(0).models().stream().map(NeedleHeat.Model::name)).containsExactly("baseline", "tuned");
        assertThat(heats.get(0).first().depths()).containsExactly((Double) null);
        assertThat(NeedleHeat.depth(null)).isEqualTo("drawn");
        assertThat(NeedleHeat.depth(12.5)).isEqualTo("12.5 %");
        assertThat(NeedleHeat.others(all)).containsExactly(choice);
    }

    /** Differences 0.5, 0.75 and 1: mean 0.75, standard error 0.25 / sqrt(3), quantile 4.3027 of Student's t. */
    @Test
    void differencesHaveStudentsInterval() {
        NeedleScores.Difference difference = NeedleScores.Difference.of(new double[] {0.5, 0.75, 1});
        assertThat(difference.mean()).isCloseTo(0.75, within(1e-12));
        assertThat(difference.upper() - difference.mean()).isCloseTo(4.302653 * 0.25 / Math.sqrt(3), within(1e-5));
        assertThat(difference.lower() + difference.upper()).isCloseTo(1.5, within(1e-12));
        assertThat(NeedleHeat.difference(NeedleScores.Difference.of(new double[] {0.5})))
                .doesNotContain("[");
    }

    @Test
    void controlsStandBesideTheTunedModelAndTellWhatOneTemperatureIs() {
        NeedleScores.Gain some = gain(0.25, 0.5);
        NeedleScores.Gain more = gain(0.125, 0.375);
        NeedleScores scores = new NeedleScores(
                1,
                1,
                0.5,
                List.of(cell(0.5)),
                some,
                List.of(
                        new NeedleScores.Control(Control.PERMUTED, 0.75, 0, more, some),
                        new NeedleScores.Control(Control.COMMON, 0.5, 1, some, more)));
        TaskScore tuned = new TaskScore("vt", 0, Setting.TUNED, 2, 1, 0, null, null, scores);
        NeedleHeat heat =
                NeedleHeat.of(List.of(needles("vt", Setting.BASELINE), tuned)).get(0);
        assertThat(heat.controls()).hasSize(2);
        assertThat(heat.attribution())
                .startsWith("Of the fall of the answers' loss under the found scales, +0.6250 nats a token,")
                .contains("common has +0.3750 [")
                .contains("beyond it +0.2500 [");
        assertThat(NeedleHeat.of(List.of(needles("vt", Setting.BASELINE)))
                        .get(0)
                        .attribution())
                .isNull();
    }

    private static NeedleScores.Gain gain(double... differences) {
        return new NeedleScores.Gain(
                NeedleScores.Difference.of(differences), NeedleScores.Difference.of(new double[] {0, 1}));
    }

    private static NeedleScores.Cell cell(double nll) {
        return new NeedleScores.Cell(512, null, nll, 1);
    }

    private static TaskScore needles(String task, Setting setting) {
        NeedleScores scores = new NeedleScores(1, 1, 0.5, List.of(cell(0.5)), null);
        return new TaskScore(task, 0, setting, 1, 1, 0, null, null, scores);
    }
}
