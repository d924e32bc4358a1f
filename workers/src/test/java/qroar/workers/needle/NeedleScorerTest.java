package qroar.workers.needle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.model.DecoderModel;
import qroar.workers.torch.TorchDevice;

/** Against transformers ({@code golden/needles/generate.py}), and RULER's rule of scoring worked out by hand. */
@Tag("numeric")
class NeedleScorerTest {
    private static final int GENERATED = 10;
    /** Nats; logits agree within 1e-3. */
    private static final double LOSS = 1e-3;

    @Test
    void lossesLikeliestTokensAndGreedyTextAreThoseOfTransformers() {
        JsonNode cases =
                GoldenFiles.json(GoldenFiles.path("needles/scores.json")).get("cases");
        assertThat(cases).hasSize(4);
        for (JsonNode golden : cases) {
            assertThat(golden.get("nearest").doubleValue())
                    .as("a tie says nothing")
                    .isGreaterThan(2 * LOSS);
            int[] greedy = ids(golden.get("greedy"));
            int[] answer = ids(golden.get("answer"));
            NeedlePrompt prompt = prompt(golden, answer, List.of("never said"));
            try (DecoderModel model = load(golden)) {
                NeedleScorer scorer = new NeedleScorer(
                        model, RopeScalingSpec.parse(golden.get("rope").textValue()), null);
                NeedleScore score = scorer.scoreAndGenerate(prompt, NeedleScorerTest::text);
                double[] expected = GoldenFiles.doubles(golden.get("nll"));
                for (int i = 0; i < expected.length; i++) {
                    assertThat(score.nllNats()[i]).as("token %d", i).isCloseTo(expected[i], within(LOSS));
                }
                int[] likeliest = ids(golden.get("likeliest"));
                long differing = IntStream.range(0, answer.length)
                        .filter(i -> likeliest[i] != answer[i])
                        .count();
                assertThat((long) score.mismatches()).isEqualTo(differing).isPositive();
                assertThat(score.isExact()).isFalse();
                assertThat(score.said()).isEqualTo(text(beforeItsEnd(greedy, model)));
                NeedleScore alone = scorer.score(prompt);
                assertThat(alone.mismatches()).isEqualTo(score.mismatches());
                assertThat(alone.said()).isNull();
                assertThat(alone.stringMatch()).isNaN();

                // What the model says by itself is an answer that it gives exactly, and generation ends with it.
                NeedleScore own = scorer.scoreAndGenerate(
                        prompt(golden, Arrays.copyOf(greedy, 2), List.of(text(Arrays.copyOf(greedy, 2)))),
                        NeedleScorerTest::text);
                assertThat(own.isExact()).isTrue();
                assertThat(own.said()).isEqualTo(text(Arrays.copyOf(greedy, 2)));
                assertThat(own.stringMatch()).isEqualTo(1);
            }
        }
    }

    @Test
    void scalingsThatDependOnTheLengthAreThoseOfOneForwardOverPromptAndAnswer() {
        JsonNode golden = GoldenFiles.json(GoldenFiles.path("needles/scores.json"))
                .get("cases")
                .get(1);
        NeedlePrompt prompt = prompt(golden, ids(golden.get("answer")), List.of("never said"));
        try (DecoderModel model = load(golden)) {
            NeedleScore score = new NeedleScorer(model, RopeScalingSpec.parse("dynamic:factor=2"), null)
                    .scoreAndGenerate(prompt, NeedleScorerTest::text);
            double[] whole = model.tokenNll(prompt.tokens(), RopeScalingSpec.parse("dynamic:factor=2"), null);
            double[] ours = score.nllNats();
            for (int i = 0; i < ours.length; i++) {
                assertThat(ours[i]).isCloseTo(whole[whole.length - ours.length + i], within(1e-4));
            }
            assertThat(score.said()).isNotEmpty();
        }
    }

    @Test
    void stringMatchIsTheShareOfReferencesWhateverTheirCase() {
        NeedlePrompt prompt = prompt(new int[] {1}, new int[] {2}, List.of("12345", "ABC", "bc", "99"));
        assertThat(NeedleScore.stringMatch("it is 12345, or aBc.", prompt)).isEqualTo(0.75);
        assertThat(NeedleScore.stringMatch("", prompt)).isZero();
    }

    @Test
    void figuresAreMeansOverQuestions() {
        NeedlePrompt prompt = prompt(new int[] {1}, new int[] {2}, List.of("a"));
        NeedleFigures figures = NeedleFigures.of(List.of(
                new NeedleScore(prompt, new double[] {1, 3}, 1, "a"),
                new NeedleScore(prompt, new double[] {0.5}, 0, "b"),
                new NeedleScore(prompt, new double[] {0, 0, 1.5}, 0, "a")));
        assertThat(figures.questions()).isEqualTo(3);
        assertThat(figures.nll().value()).isCloseTo(1, within(1e-12));
        // Variance (1 + 1/4 + 1/4) / 2 over three.
        assertThat(figures.nll().standardError()).isCloseTo(0.5, within(1e-12));
        assertThat(figures.exactMatch().value()).isCloseTo(2.0 / 3, within(1e-12));
        assertThat(figures.stringMatch().value()).isCloseTo(2.0 / 3, within(1e-12));
    }

    private static DecoderModel load(JsonNode golden) {
        return DecoderModel.load(
                Checkpoint.open(
                        GoldenFiles.path("checkpoints/" + golden.get("model").textValue())),
                TorchDevice.CPU,
                QuantizationSpec.NONE);
    }

    private static NeedlePrompt prompt(JsonNode golden, int[] answer, List<String> references) {
        int[] context = Arrays.copyOf(
                GoldenFiles.tokens(golden.get("tokens_file").textValue()),
                golden.get("context_tokens").intValue());
        return prompt(context, answer, references);
    }

    private static NeedlePrompt prompt(int[] context, int[] answer, List<String> references) {
        return new NeedlePrompt(
                new NeedlePlan.Cell(context.length + GENERATED, 50.0),
                0,
                "",
                "",
                references,
                context,
                answer,
                new NeedlePrompt.Size(context.length + GENERATED, GENERATED, 1, 1, List.of(0)));
    }

    /** A model has ended with its end token, which the second case says in the middle. */
    private static int[] beforeItsEnd(int[] greedy, DecoderModel model) {
        return Arrays.stream(greedy)
                .takeWhile(id -> !model.config().vocabulary().eosTokenIds().contains(id))
                .toArray();
    }

    /** Ids stand for words here. */
    private static String text(int[] ids) {
        return Arrays.stream(ids).mapToObj(id -> "<" + id + ">").collect(Collectors.joining());
    }

    private static int[] ids(JsonNode array) {
        return Arrays.stream(GoldenFiles.doubles(array))
                .mapToInt(id -> (int) id)
                .toArray();
    }
}
