package qroar.experiments.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.protocol.BadInput;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.EvaluationPlan;

class NeedleObjectiveTest {
    private static final List<Integer> LENGTHS = List.of(8, 16, 32);
    private static final int PER_ROUND = 3;
    private static final EvaluationPlan TEXTS =
            new EvaluationPlan(List.of(document("a", 32), document("b", 20)), LENGTHS, 4);

    /** Two rounds of three questions, whose answers have 2, 3 and 5 tokens. */
    private static final Questions QUESTIONS = new Questions(
            List.of(
                    document("q0", 12),
                    document("q1", 23),
                    document("q2", 40),
                    document("q3", 12),
                    document("q4", 23),
                    document("q5", 40)),
            List.of(10, 20, 35, 10, 20, 35),
            PER_ROUND);

    private static DocumentRef document(String name, int tokens) {
        return new DocumentRef(name, name, tokens);
    }

    private static Objective objective(double share) {
        return Objective.lengthWeighted(LENGTHS).with(new Aim(share), PER_ROUND);
    }

    private static List<String> names(EvaluationPlan plan) {
        return plan.documents().stream().map(DocumentRef::name).toList();
    }

    @Test
    void aMixtureReadsQuestionsBeforeEachTextAndIsJudgedAlike() {
        assertThat(names(QUESTIONS.plan(new Aim(0.3), TEXTS)))
                .containsExactly("q0", "q1", "q2", "a", "q3", "q4", "q5", "b");
        assertThat(QUESTIONS.judged(new Aim(0.3), TEXTS)).isEqualTo(QUESTIONS.plan(new Aim(0.3), TEXTS));
        assertThat(names(QUESTIONS.plan(Aim.NEEDLE, TEXTS))).containsExactly("q0", "q1", "q2", "q3", "q4", "q5");
        assertThat(names(QUESTIONS.judged(Aim.NEEDLE, TEXTS)))
                .containsExactly("a", "b", "q0", "q1", "q2", "q3", "q4", "q5");
        assertThat(QUESTIONS.plan(Aim.PERPLEXITY, TEXTS)).isSameAs(TEXTS);
    }

    @Test
    void roundsAndMixedDocumentsAreComparedAsWholes() {
        PlanWindows rounds = objective(1).windows(QUESTIONS.plan(Aim.NEEDLE, TEXTS));
        assertThat(rounds.groups()).isEqualTo(2);
        assertThat(rounds.windowsOf(1)).containsExactly(3, 4, 5);
        assertThat(names(rounds.first(1).plan())).containsExactly("q0", "q1", "q2");
        assertThat(rounds.first(2)).isSameAs(rounds);
        // What is read for the first round: all tokens of its prompts.
        assertThat(rounds.forwardTokens(3)).isEqualTo(12 + 23 + 40);

        PlanWindows mixed = objective(0.5).windows(QUESTIONS.plan(new Aim(0.5), TEXTS));
        assertThat(mixed.groups()).isEqualTo(2);
        assertThat(names(mixed.first(1).plan())).containsExactly("q0", "q1", "q2", "a");
        PlanWindows judged = objective(1).windows(QUESTIONS.judged(Aim.NEEDLE, TEXTS));
        assertThat(judged.groups()).isEqualTo(2);
        assertThat(judged.texts()).isEqualTo(2);
        assertThat(judged.answers()).isEqualTo(6);
    }

    /** J worked out from losses of single tokens, with neither windows nor sums of the product's. */
    private static double naive(double share, double[][] texts, double[][] answers, int leftOut) {
        double answered = 0;
        int count = 0;
        for (int q = 0; q < answers.length; q++) {
            if (q / PER_ROUND != leftOut) {
                double sum = 0;
                for (double token : answers[q]) {
                    sum += token;
                }
                answered += sum / answers[q].length;
                count++;
            }
        }
        double perplexity = 0;
        for (int length : LENGTHS) {
            double sum = 0;
            int tokens = 0;
            for (int t = 0; t < texts.length; t++) {
                for (int position = 1; position < Math.min(length, texts[t].length) && t != leftOut; position++) {
                    sum += texts[t][position];
                    tokens++;
                }
            }
            perplexity += length / 56.0 * Math.exp(sum / tokens);
        }
        return Math.exp(share * answered / count + (1 - share) * Math.log(perplexity));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.01, 0.3, 0.5, 1})
    void theValueIsThatOfANaiveComputation(double share) {
        Random random = new Random(7);
        double[][] texts = {random.doubles(32).toArray(), random.doubles(20).toArray()};
        List<double[]> answers = new ArrayList<>();
        for (int q = 0; q < 6; q++) {
            answers.add(
                    random.doubles(List.of(2, 3, 5).get(q % 3)).map(x -> 4 * x).toArray());
        }
        Objective objective = objective(share);
        for (EvaluationPlan plan :
                List.of(QUESTIONS.plan(new Aim(share), TEXTS), QUESTIONS.judged(new Aim(share), TEXTS))) {
            PlanWindows windows = objective.windows(plan);
            double[] nll = new double[windows.count()];
            plan.windows().forEach(window -> {
                String name = plan.documents().get(window.document()).name();
                boolean text = name.length() == 1;
                double[] tokens = text ? texts[name.charAt(0) - 'a'] : answers.get(name.charAt(1) - '0');
                for (int p = window.fromPosition(); p < window.toPosition(); p++) {
                    nll[window.index()] += tokens[text ? p : p - plan.scoredFrom(window.document())];
                }
            });
            double[][] all = answers.toArray(new double[0][]);
            assertThat(objective.value(windows, nll)).isCloseTo(naive(share, texts, all, -1), within(1e-12));
            DocumentSums sums = DocumentSums.of(windows, objective, nll);
            for (int leftOut = -1; leftOut < 2; leftOut++) {
                double expected = naive(share, texts, all, leftOut);
                assertThat(objective.value(objective.means(windows, nll, leftOut)))
                        .isCloseTo(expected, within(1e-12));
                assertThat(objective.value(sums.means(leftOut))).isCloseTo(expected, within(1e-12));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.3, 1})
    void windowWeightsAreTheSlopesOfLnJAndSumToOne(double share) {
        Random random = new Random(3);
        Objective objective = objective(share);
        PlanWindows windows = objective.windows(QUESTIONS.plan(new Aim(share), TEXTS));
        double[] nll = new double[windows.count()];
        windows.windows().forEach(w -> nll[w.index()] = w.tokens() * (1 + random.nextDouble()));
        double[] weights = objective.windowWeights(windows, nll);
        double total = 0;
        double step = 1e-6;
        for (int w = 0; w < nll.length; w++) {
            total += weights[w] * windows.windows().get(w).tokens();
            double[] more = nll.clone();
            double[] less = nll.clone();
            more[w] += step;
            less[w] -= step;
            double slope =
                    (Math.log(objective.value(windows, more)) - Math.log(objective.value(windows, less))) / (2 * step);
            assertThat(weights[w]).as("window " + w).isCloseTo(slope, within(1e-8));
        }
        assertThat(total).isCloseTo(1, within(1e-12));
    }

    @Test
    void ofPerplexityNothingChanges() {
        Objective plain = Objective.lengthWeighted(LENGTHS);
        assertThat(plain.with(Aim.PERPLEXITY, PER_ROUND)).isEqualTo(plain);
        assertThat(plain.windows(TEXTS).plan()).isSameAs(TEXTS);
    }

    @ParameterizedTest
    @CsvSource({"perplexity,0", "needle,1", "mixture,0.5", "mixture:needles=0.25,0.25", "mixture:needles=0.5,0.5"})
    void whatIsWrittenIsRead(String text, double share) {
        assertThat(Aim.parse(text).needles()).isEqualTo(share);
        assertThat(Aim.parse(Aim.parse(text).text())).isEqualTo(Aim.parse(text));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "needles | objective 'needles': 'needles' is unknown; did you mean 'needle'?",
                "needle:share=1 | objective 'needle:share=1': option 'share' is unknown; 'needle' takes none",
                "mixture:needles=1 | must lie in 0.01 to 0.99; objective 'needle' is 1 and 'perplexity' 0",
                "mixture:needles=-0.5 | must lie in 0.01 to 0.99",
                "mixture:needles=half | needles=half is not a number"
            })
    void whatIsNoObjectiveIsRefused(String text, String message) {
        assertThatThrownBy(() -> Aim.parse(text)).isInstanceOf(BadInput.class).hasMessageContaining(message);
    }
}
