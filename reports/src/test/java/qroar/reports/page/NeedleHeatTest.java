package qroar.reports.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
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

    private static NeedleScores.Cell cell(double nll) {
        return new NeedleScores.Cell(512, null, nll, 1);
    }

    private static TaskScore needles(String task, Setting setting) {
        NeedleScores scores = new NeedleScores(1, 1, 0.5, List.of(cell(0.5)), null);
        return new TaskScore(task, 0, setting, 1, 1, 0, null, null, scores);
    }
}
