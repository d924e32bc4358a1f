package qroar.experiments.study.cost;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.experiments.study.Study;
import qroar.experiments.study.SyntheticModel;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.EvaluationPlan;

class ExhaustiveCostTest {
    /** Windows written out one after the other. */
    private static long walked(int tokens, int length, int stride) {
        long sum = 0;
        int covered = 0;
        for (int from = 0; covered < tokens; from += stride) {
            int to = Math.min(from + length, tokens);
            sum += to - from > 1 ? to - from : 0;
            covered = to;
        }
        return sum;
    }

    @ParameterizedTest
    @CsvSource({
        "2048,512,256",
        "2048,2048,256",
        "2100,512,256",
        "2100,2048,256",
        "300,512,256",
        "513,512,512",
        "1000,7,3",
        "2,2,1"
    })
    void windowsAreCountedAsTheyFall(int tokens, int length, int stride) {
        assertThat(ExhaustiveCost.strided(tokens, length, stride)).isEqualTo(walked(tokens, length, stride));
    }

    @Test
    void anEvaluationAddsUpDocumentsAndLengths() {
        EvaluationPlan plan = new EvaluationPlan(
                List.of(new DocumentRef("a", "aa", 2100), new DocumentRef("b", "bb", 4000)),
                List.of(512, 1024, 2048),
                256);
        // Per document, cut at 2048: 7 x 512, 5 x 1024, 1 x 2048.
        assertThat(ExhaustiveCost.evaluation(plan, 256)).isEqualTo(2 * (3584 + 5120 + 2048));
    }

    @Test
    void aSearchIsTheUnscaledModelAndEveryOtherPointOfEveryGrid() {
        Study study = SyntheticModel.smooth(0.1, 0.1, 0.1).study(Strategy.COORDINATE, Rule.NONE);
        long once = ExhaustiveCost.evaluation(study.searchPlan(), 64);
        assertThat(ExhaustiveCost.forwardTokens(study, 64)).isEqualTo((1 + 3 * 6) * once);
    }

    @Test
    void aQuestionIsReadOnceWhateverTheLengths() {
        EvaluationPlan plan = EvaluationPlan.withAnswers(
                List.of(new DocumentRef("question", "a", 400), new DocumentRef("text", "b", 512)),
                List.of(390, 1),
                List.of(256, 512),
                64);
        assertThat(ExhaustiveCost.evaluation(plan, 256)).isEqualTo(400 + walked(512, 256, 256) + walked(512, 512, 256));
    }
}
