package qroar.protocol.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class EvaluationPlanTest {
    private static DocumentRef document(int tokens) {
        return new DocumentRef("d" + tokens, "digest", tokens);
    }

    @Test
    void windowsEndAtMultiplesAndLengths() {
        EvaluationPlan plan = new EvaluationPlan(List.of(document(700), document(300)), List.of(300, 600), 256);
        assertThat(plan.windows())
                .containsExactly(
                        new WindowSpan(0, 0, 1, 256),
                        new WindowSpan(1, 0, 256, 300),
                        new WindowSpan(2, 0, 300, 512),
                        new WindowSpan(3, 0, 512, 600),
                        new WindowSpan(4, 1, 1, 256),
                        new WindowSpan(5, 1, 256, 300));
        assertThat(plan.forwardTokens()).isEqualTo(900);
    }

    @Test
    void everyScoredPositionIsInOneWindowThatNoLengthCuts() {
        long seed = Long.getLong("seed", 4L);
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            EvaluationPlan plan = randomPlan(random);
            List<WindowSpan> windows = plan.windows();
            int[] next = new int[plan.documents().size()];
            java.util.Arrays.fill(next, 1);
            int document = 0;
            for (int i = 0; i < windows.size(); i++) {
                WindowSpan window = windows.get(i);
                assertThat(window.index()).as("seed " + seed).isEqualTo(i);
                assertThat(window.document()).as("seed " + seed).isGreaterThanOrEqualTo(document);
                document = window.document();
                assertThat(window.fromPosition()).as("seed " + seed).isEqualTo(next[document]);
                assertThat(window.tokens()).as("seed " + seed).isBetween(1, plan.windowTokens());
                next[document] = window.toPosition();
                for (int length : plan.lengths()) {
                    assertThat(window.fromPosition() < length && length < window.toPosition())
                            .as("seed " + seed + ": " + window + " across " + length)
                            .isFalse();
                }
            }
            for (int d = 0; d < next.length; d++) {
                assertThat(next[d]).as("seed " + seed).isEqualTo(plan.positions(d));
            }
        }
    }

    private static EvaluationPlan randomPlan(Random random) {
        TreeSet<Integer> lengths = new TreeSet<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            lengths.add(2 + random.nextInt(600));
        }
        List<DocumentRef> documents = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            documents.add(document(lengths.first() + random.nextInt(900)));
        }
        return new EvaluationPlan(documents, List.copyOf(lengths), 1 + random.nextInt(300));
    }

    @Test
    void smallestPlanScoresOneToken() {
        EvaluationPlan plan = new EvaluationPlan(List.of(document(2)), List.of(2), 1);
        assertThat(plan.windows()).containsExactly(new WindowSpan(0, 0, 1, 2));
    }

    @Test
    void plansThatCannotBeEvaluatedAreRefused() {
        List<DocumentRef> one = List.of(document(100));
        assertThatThrownBy(() -> new EvaluationPlan(List.of(), List.of(2), 1)).hasMessageContaining("document");
        assertThatThrownBy(() -> new EvaluationPlan(one, List.of(), 1)).hasMessageContaining("length");
        assertThatThrownBy(() -> new EvaluationPlan(one, List.of(1), 1)).hasMessageContaining("at least 2");
        assertThatThrownBy(() -> new EvaluationPlan(one, List.of(50, 50), 1)).hasMessageContaining("must rise");
        assertThatThrownBy(() -> new EvaluationPlan(one, List.of(50), 0)).hasMessageContaining("0 tokens");
        assertThatThrownBy(() -> new EvaluationPlan(one, List.of(101), 1))
                .hasMessage("document 'd100' has 100 tokens, fewer than the shortest length 101");
    }

    @Test
    void ofAnAnswerOnlyWhatStandsBehindItsContextIsScoredAndAllOfItRead() {
        DocumentRef text = new DocumentRef("text", "a", 100);
        DocumentRef question = new DocumentRef("question", "b", 70);
        EvaluationPlan plan = EvaluationPlan.withAnswers(List.of(question, text), List.of(30, 1), List.of(16, 64), 32);

        assertThat(plan.windows())
                .containsExactly(
                        new WindowSpan(0, 0, 30, 70),
                        new WindowSpan(1, 1, 1, 16),
                        new WindowSpan(2, 1, 16, 32),
                        new WindowSpan(3, 1, 32, 64));
        assertThat(plan.positions(0)).isEqualTo(70);
        assertThat(plan.positions(1)).isEqualTo(64);
        assertThat(plan.forwardTokens()).isEqualTo(134);
        assertThat(plan.isAnswer(0)).isTrue();
        assertThat(plan.isAnswer(1)).isFalse();
        assertThat(plan.first(1).scoredFrom(0)).isEqualTo(30);
        EvaluationPlan plain = new EvaluationPlan(List.of(question, text), List.of(16, 64), 32);
        assertThat(plan).isNotEqualTo(plain);
        assertThat(EvaluationPlan.withAnswers(List.of(question, text), List.of(1, 1), List.of(16, 64), 32))
                .isEqualTo(plain);
        assertThatThrownBy(() -> EvaluationPlan.withAnswers(List.of(question), List.of(70), List.of(16), 32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is scored from 70 on");
    }
}
