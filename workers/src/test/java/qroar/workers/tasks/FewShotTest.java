package qroar.workers.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import qroar.protocol.BadInput;

class FewShotTest {
    private static final List<Question> POOL =
            IntStream.range(0, 12).mapToObj(FewShotTest::question).toList();

    private static Question question(int number) {
        return new Question(List.of(new Choice("Q" + number, "left"), new Choice("Q" + number, "right")), number % 2);
    }

    @Test
    void examplesAreDistinctAndNeverTheQuestion() {
        FewShot fewShot = new FewShot(POOL, 5, 7);
        Set<List<Question>> draws = new HashSet<>();
        for (int place = 0; place < POOL.size(); place++) {
            List<Question> examples = fewShot.examples(POOL.get(place), place);
            assertThat(examples).hasSize(5).doesNotHaveDuplicates().doesNotContain(POOL.get(place));
            assertThat(fewShot.examples(POOL.get(place), place)).isEqualTo(examples);
            draws.add(examples);
        }
        assertThat(draws).hasSizeGreaterThan(6);
        assertThat(new FewShot(POOL, 5, 8).examples(POOL.get(0), 0)).isNotEqualTo(fewShot.examples(POOL.get(0), 0));
    }

    @Test
    void allOthersAreDrawnWhenAsManyAreAskedFor() {
        assertThat(new FewShot(POOL, 11, 3).examples(POOL.get(4), 4))
                .hasSize(11)
                .doesNotHaveDuplicates()
                .doesNotContain(POOL.get(4));
    }

    @Test
    void examplesAreAnsweredAndApart() {
        FewShot fewShot = new FewShot(POOL.subList(0, 2), 1, 1);
        assertThat(fewShot.prefix(POOL.get(0), 0)).isEqualTo("Q1 right\n\n");
        assertThat(fewShot.prefix(POOL.get(1), 1)).isEqualTo("Q0 left\n\n");
        assertThat(FewShot.none().prefix(POOL.get(0), 0)).isEmpty();
    }

    @Test
    void moreExamplesThanThereAreIsRefused() {
        assertThatThrownBy(() -> new FewShot(POOL, 12, 1))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("between 0 and 11");
        assertThatThrownBy(() -> new FewShot(POOL, -1, 1)).isInstanceOf(BadInput.class);
        FewShot twins = new FewShot(List.of(POOL.get(0), POOL.get(0)), 1, 1);
        assertThatThrownBy(() -> twins.examples(POOL.get(0), 0)).isInstanceOf(BadInput.class);
    }
}
