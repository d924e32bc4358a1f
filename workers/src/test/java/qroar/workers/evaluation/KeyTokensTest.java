package qroar.workers.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import qroar.protocol.BadInput;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.rope.NoScaling;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.model.DecoderModel;
import qroar.workers.text.TokenizedDocument;
import qroar.workers.torch.TorchDevice;

@Tag("numeric")
class KeyTokensTest {
    /** Key tokens and perplexity of transformers, by {@code golden/divergence/long_ppl.py}; no token lies at an edge. */
    @Test
    void keyTokensAndTheirPerplexityAreThoseOfTransformers() {
        JsonNode golden = GoldenFiles.json(GoldenFiles.path("divergence/long_ppl.json"));
        int[] tokens = Arrays.copyOf(
                GoldenFiles.tokens(golden.get("tokens_file").textValue()),
                golden.get("tokens").intValue());
        KeyTokens.Rule rule = new KeyTokens.Rule(
                golden.get("context").intValue(),
                golden.get("stride").intValue(),
                golden.get("gain").doubleValue(),
                golden.get("loss").doubleValue());
        List<TokenizedDocument> documents = List.of(TokenizedDocument.of("golden", tokens));
        KeyTokens found;
        try (DecoderModel chooser = load(golden.get("chooser").textValue())) {
            Evaluator evaluator = new Evaluator(chooser, new NoScaling(), null);
            found = evaluator.keyTokens(
                    documents,
                    tokens.length,
                    evaluator.nested(documents, List.of()).tokenNll(),
                    rule);
        }
        boolean[] expected = new boolean[golden.get("key").size()];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = golden.get("key").get(i).booleanValue();
        }
        assertThat(found.of(0)).isEqualTo(expected);
        try (DecoderModel judged = load(golden.get("judged").textValue())) {
            double[] nll = new Evaluator(judged, new NoScaling(), null)
                    .nested(documents, List.of())
                    .tokenNll();
            KeyTokens.Figure figure = found.perplexity(nll, tokens.length);
            double perplexity = golden.get("long_ppl").doubleValue();
            assertThat(figure.perplexity()).isCloseTo(perplexity, within(1e-4 * perplexity));
            assertThat(figure.tokens()).isPositive();
            assertThat(found.perplexity(nll, rule.context()).perplexity()).isNull();
        }
    }

    @Test
    void anImpossibleRuleIsRefused() {
        assertThatThrownBy(() -> new KeyTokens.Rule(0, 16, 2, 2))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("context of 0");
        assertThatThrownBy(() -> new KeyTokens.Rule(16, 16, Double.NaN, 2)).isInstanceOf(BadInput.class);
        assertThatThrownBy(() -> new KeyTokens.Rule(16, 16, 2, 0)).isInstanceOf(BadInput.class);
    }

    private static DecoderModel load(String name) {
        return DecoderModel.load(Checkpoint.open(GoldenFiles.path(name)), TorchDevice.CPU, QuantizationSpec.NONE);
    }
}
