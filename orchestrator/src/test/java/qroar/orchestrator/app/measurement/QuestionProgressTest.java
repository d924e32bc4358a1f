package qroar.orchestrator.app.measurement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuestionProgressTest {
    private final List<String> said = new ArrayList<>();
    private long nanos;

    private void answer(QuestionProgress progress, int from, int to, double seconds) {
        for (int count = from; count <= to; count++) {
            nanos += (long) (seconds * 1e9);
            progress.answered(count);
        }
    }

    @Test
    void whatIsLeftIsToldEveryTenSecondsAtThePaceSoFar() {
        QuestionProgress progress = new QuestionProgress("arc-easy", 100, () -> nanos, said::add);
        answer(progress, 1, 9, 1);
        assertThat(said).isEmpty();
        answer(progress, 10, 100, 1);
        assertThat(said).hasSize(10);
        assertThat(said.get(0)).isEqualTo("arc-easy: 10 of 100 questions, about 2 min left");
        assertThat(said.get(4)).isEqualTo("arc-easy: 50 of 100 questions, about 50 s left");
        assertThat(said.get(9)).isEqualTo("arc-easy: 100 of 100 questions, about 0 s left");
    }

    @Test
    void fewQuestionsAreNotTold() {
        QuestionProgress progress = new QuestionProgress("x", 3, () -> nanos, said::add);
        answer(progress, 1, 3, 3);
        assertThat(said).isEmpty();
    }
}
