package qroar.workers.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScaling;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.model.DecoderModel;
import qroar.workers.text.TokenizedDocument;
import qroar.workers.torch.TorchDevice;

class GoldenPerplexityTest {
    private static final double RELATIVE = 2e-4;
    private static final int START_TOKEN = 1;

    @TempDir
    Path scratch;

    @Test
    void windowedProtocolsAgreeWithTheReferenceScripts() {
        int figures = 0;
        for (Path file : GoldenFiles.list("ppl", ".json")) {
            JsonNode golden = GoldenFiles.json(file);
            Checkpoint checkpoint = GoldenFiles.checkpoint(
                    golden.get("checkpoint").textValue(), golden.get("config_overrides"), scratch);
            List<TokenizedDocument> document = List.of(TokenizedDocument.of(
                    "golden", GoldenFiles.tokens(golden.get("tokens_file").textValue())));
            try (DecoderModel model = DecoderModel.load(checkpoint, TorchDevice.CPU, QuantizationSpec.NONE)) {
                Evaluator evaluator = new Evaluator(model, checkpoint.config().ropeScaling(), null);
                for (JsonNode entry : golden.path("hf_docs")) {
                    huggingFaceAndSliding(evaluator, document, entry);
                    figures += 3;
                }
                for (JsonNode entry : golden.path("yarn_eval")) {
                    yarn(evaluator, document, entry);
                    figures++;
                }
                for (JsonNode entry : golden.path("lm_eval_rolling")) {
                    lmEval(evaluator, document, entry);
                    figures++;
                }
            }
        }
        assertThat(figures).isPositive();
        System.out.printf("golden perplexity protocols: %d figures compared%n", figures);
    }

    private static void huggingFaceAndSliding(Evaluator evaluator, List<TokenizedDocument> document, JsonNode entry) {
        int length = entry.get("max_length").intValue();
        int stride = entry.get("stride").intValue();
        Perplexity published =
                evaluator.huggingFace(document, length, stride).perplexities().get(0);
        assertClose(published.perplexity(), entry.get("ppl_docs_code_verbatim"));
        assertClose(
                java.util.Objects.requireNonNull(published.exactPerplexity()), entry.get("ppl_exact_token_weighted"));
        assertThat(published.tokens()).isEqualTo(entry.get("n_tokens_docs").longValue());
        Evaluation sliding = evaluator.sliding(document, length, stride);
        Perplexity exact = sliding.perplexities().get(0);
        assertClose(exact.perplexity(), entry.get("ppl_exact_token_weighted"));
        assertThat(exact.tokens()).isEqualTo(entry.get("n_tokens_exact").longValue());
        assertThat(sliding.tokenNll()).hasSize((int) exact.tokens());
        int scored = 0;
        for (JsonNode window : entry.get("windows_begin_end_trglen_nscored_meanloss")) {
            int count = window.get(3).intValue();
            double mean = mean(sliding.tokenNll(), scored, scored + count);
            assertThat(mean).as("window %s", window).isCloseTo(window.get(4).doubleValue(), within(1e-4));
            scored += count;
        }
        assertThat(scored).isEqualTo((int) exact.tokens());
    }

    private static void yarn(Evaluator evaluator, List<TokenizedDocument> document, JsonNode entry) {
        Integer startToken = entry.get("add_start_token").booleanValue() ? START_TOKEN : null;
        Evaluation evaluation = evaluator.yarn(
                document,
                entry.get("max_length").intValue(),
                entry.get("sliding_window").intValue(),
                startToken);
        assertClose(evaluation.perplexities().get(0).perplexity(), entry.get("mean_perplexity"));
        int scored = 0;
        for (JsonNode window : entry.get("windows_ninput_nscored_meanloss")) {
            scored += window.get(1).intValue();
        }
        assertThat(evaluation.tokenNll()).as("%s", entry).hasSize(scored);
    }

    private static void lmEval(Evaluator evaluator, List<TokenizedDocument> document, JsonNode entry) {
        Evaluation evaluation = evaluator.lmEval(
                document,
                entry.get("max_length").intValue(),
                entry.get("prefix_token").intValue());
        Perplexity rolling = evaluation.perplexities().get(0);
        assertClose(rolling.perplexity(), entry.get("token_ppl"));
        assertThat(rolling.tokens()).isEqualTo(entry.get("n_tokens").longValue());
        assertThat(rolling.meanNll() * rolling.tokens())
                .isCloseTo(entry.get("sum_nll").doubleValue(), within(1e-4 * rolling.tokens()));
    }

    @Test
    void nestedLengthsAgreeWithOneForwardOfEachLength() {
        JsonNode table = GoldenFiles.json(GoldenFiles.path("trained/tiny-llama-trained__rope_table.json"));
        List<TokenizedDocument> document = List.of(TokenizedDocument.of(
                "golden", GoldenFiles.tokens(table.get("tokens_file").textValue())));
        int figures = 0;
        for (JsonNode row : table.get("rows")) {
            String weights = row.get("weights").textValue();
            Checkpoint checkpoint =
                    GoldenFiles.checkpoint(table.get("checkpoint").textValue(), row.get("config_overrides"), scratch);
            RopeScaling rope = GoldenFiles.rope(checkpoint, row);
            List<Integer> lengths = new ArrayList<>();
            for (Iterator<String> names = row.get("by_length").fieldNames(); names.hasNext(); ) {
                lengths.add(Integer.valueOf(names.next()));
            }
            try (DecoderModel model = DecoderModel.load(checkpoint, TorchDevice.CPU, specOf(weights))) {
                for (Perplexity found : new Evaluator(model, rope, null)
                        .nested(document, lengths)
                        .perplexities()) {
                    JsonNode expected = row.get("by_length").get(String.valueOf(found.length()));
                    assertThat(found.meanNll())
                            .as("%s %s at %d", row.get("variant"), weights, found.length())
                            .isCloseTo(
                                    expected.get("mean_nll").doubleValue(),
                                    within(weights.equals("fp32") ? 1e-4 : 2e-3));
                    assertThat(found.tokens()).isEqualTo(found.length() - 1);
                    figures++;
                }
            }
        }
        assertThat(figures).isPositive();
        System.out.printf("golden nested perplexities: %d figures compared%n", figures);
    }

    /** {@code fp32}, or {@code rtn w4 g32}. */
    private static QuantizationSpec specOf(String words) {
        return words.equals("fp32")
                ? QuantizationSpec.NONE
                : QuantizationText.parse(words.replaceAll("rtn w(\\d+) g(\\d+)", "rtn:bits=$1,group=$2"));
    }

    private static double mean(double[] values, int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += values[i];
        }
        return sum / (to - from);
    }

    private static void assertClose(double found, JsonNode expected) {
        assertThat(found).isCloseTo(expected.doubleValue(), within(RELATIVE * expected.doubleValue()));
    }
}
