package qroar.workers.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TaskAccuracyTest {
    private static ScoredQuestion question(int gold, double... scores) {
        return new ScoredQuestion(
                0,
                gold,
                IntStream.range(0, scores.length)
                        .mapToObj(i -> new ChoiceScore(new int[] {1}, new int[] {2}, scores[i], i == 0 ? 1 : 10))
                        .toList());
    }

    @Test
    void lengthsDecideTheNormalisedAnswerOnly() {
        ScoredQuestion question = question(0, -2, -5);
        assertThat(question.isRight()).isTrue();
        assertThat(question.isRightPerByte()).isFalse();
        assertThat(question(1, -2, -5).isRightPerByte()).isTrue();
    }

    @Test
    void theFirstOfEqualsWinsAndNaNNever() {
        assertThat(question(0, -3, -3).isRight()).isTrue();
        assertThat(question(1, Double.NaN, -9).isRight()).isTrue();
        assertThat(question(0, Double.NaN, Double.NaN).isRight()).isFalse();
        assertThat(question(0, Double.NEGATIVE_INFINITY, Double.NaN).isRight()).isTrue();
    }

    @Test
    void sharesComeWithTheirStandardErrors() {
        TaskAccuracy accuracy = TaskAccuracy.of(
                List.of(question(0, -1, -2), question(0, -1, -2), question(1, -1, -2), question(0, -1, -99)));
        assertThat(accuracy.questions()).isEqualTo(4);
        assertThat(accuracy.accuracy()).isEqualTo(0.75);
        assertThat(accuracy.accuracyStandardError()).isCloseTo(Math.sqrt(0.75 * 0.25 / 3), within(1e-12));
        assertThat(accuracy.normalised()).isEqualTo(0.5);
        assertThat(TaskAccuracy.of(List.of(question(0, -1, -2))).accuracyStandardError())
                .isNaN();
        assertThatThrownBy(() -> TaskAccuracy.of(List.of())).isInstanceOf(IllegalArgumentException.class);
    }
}
