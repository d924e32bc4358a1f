package qroar.workers.divergence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.DynamicScaling;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.rope.RopeScaling;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.evaluation.Evaluator;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.HeadComparison;
import qroar.workers.placement.ReadingPlan;
import qroar.workers.text.TokenizedDocument;
import qroar.workers.torch.TorchDevice;

/**
 * Against log-probabilities of transformers ({@code golden/divergence/generate.py}). Logits agree within 1e-3 and mostly
 * 1e-5; a divergence is second order in their difference but first order in how far the models lie apart, so 1e-4 of a
 * token's divergence and 2e-5 nats are allowed.
 */
@Tag("numeric")
class DivergenceTest {
    private static final NoScaling PLAIN = new NoScaling();
    private static final ReadingPlan BY_LAYER = ReadingPlan.of(ReadingPlan.Order.LAYER);

    @ParameterizedTest
    @CsvSource({"unlike", "qwen2-q4_1", "llama-q8_0"})
    void everyTokenAndFigureIsThatOfTransformers(String name) {
        JsonNode golden = GoldenFiles.json(GoldenFiles.path("divergence/" + name + ".json"));
        int[] tokens = Arrays.copyOf(
                GoldenFiles.tokens(golden.get("tokens_file").textValue()),
                golden.get("tokens").intValue());
        Divergence divergence = new Divergence(List.of(TokenizedDocument.of("golden", tokens)), List.of(tokens.length));
        try (DecoderModel reference = load(golden.get("reference").textValue());
                DecoderModel model = load(golden.get("model").textValue())) {
            TokenDivergence found = at(
                            compare(divergence, reference, model, PLAIN, ReadingPlan.BY_DOCUMENT), tokens.length)
                    .get(0);
            double[] expected = GoldenFiles.doubles(golden.get("kl"));
            for (int i = 0; i < expected.length; i++) {
                assertThat(found.kl()[i]).as("token %d", i).isCloseTo(expected[i], within(2e-5 + 1e-4 * expected[i]));
                assertThat(found.sameTop()[i])
                        .as("top of token %d", i)
                        .isEqualTo(golden.get("same_top").get(i).booleanValue());
            }
            assertThat(found.nll())
                    .usingComparatorWithPrecision(1e-4)
                    .containsExactly(GoldenFiles.doubles(golden.get("nll")));
            assertThat(found.referenceNll())
                    .usingComparatorWithPrecision(1e-4)
                    .containsExactly(GoldenFiles.doubles(golden.get("reference_nll")));
            assertFigures(DivergenceStatistics.of(List.of(found)), golden);
        }
    }

    private static void assertFigures(DivergenceStatistics figures, JsonNode golden) {
        double mean = golden.get("mean_kl").doubleValue();
        assertThat(figures.kl().value()).isCloseTo(mean, within(1e-5 + 1e-4 * mean));
        assertThat(figures.kl().standardError())
                .isCloseTo(golden.get("mean_kl_error").doubleValue(), within(1e-5 + 1e-4 * mean));
        DivergenceStatistics.Percentiles percentiles = figures.percentiles();
        double[] found = {
            percentiles.median(), percentiles.p90(), percentiles.p95(), percentiles.p99(), percentiles.p999()
        };
        String[] fractions = {"0.5", "0.9", "0.95", "0.99", "0.999"};
        for (int i = 0; i < found.length; i++) {
            double expected = golden.get("percentiles").get(fractions[i]).doubleValue();
            assertThat(found[i]).as(fractions[i]).isCloseTo(expected, within(2e-5 + 1e-4 * expected));
        }
        assertThat(percentiles.maximum())
                .isCloseTo(golden.get("max_kl").doubleValue(), within(2e-5 + 1e-4 * percentiles.maximum()));
        assertThat(figures.sameTop().value())
                .isCloseTo(golden.get("same_top_share").doubleValue(), within(1e-12));
        assertThat(figures.deltaP().value())
                .isCloseTo(golden.get("mean_delta_p").doubleValue(), within(1e-5));
        assertThat(figures.rmsDeltaP()).isCloseTo(golden.get("rms_delta_p").doubleValue(), within(1e-5));
        assertThat(figures.logRatio().value())
                .isCloseTo(golden.get("log_ratio").doubleValue(), within(1e-5 + 1e-4 * mean));
    }

    @Test
    void theOrderOfReadingChangesNoDigitAndAModelDoesNotDivergeFromItself() {
        int[] tokens = GoldenFiles.tokens("tokens/tokens_a.json");
        List<TokenizedDocument> documents = List.of(
                TokenizedDocument.of("a", Arrays.copyOf(tokens, 300)),
                TokenizedDocument.of("b", Arrays.copyOfRange(tokens, 300, 420)));
        Divergence divergence = new Divergence(documents, List.of(200, 64));
        QuantizationSpec quantized = QuantizationText.parse("rtn:bits=3,group=32");
        Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama");
        try (DecoderModel reference = DecoderModel.load(checkpoint, TorchDevice.CPU, QuantizationSpec.NONE);
                DecoderModel model = DecoderModel.load(checkpoint, TorchDevice.CPU, quantized)) {
            Map<Integer, List<TokenDivergence>> whole =
                    compare(divergence, reference, model, PLAIN, ReadingPlan.BY_DOCUMENT);
            Map<Integer, List<TokenDivergence>> layered = compare(divergence, reference, model, PLAIN, BY_LAYER);
            assertThat(whole.keySet()).containsExactly(64, 200);
            assertThat(at(whole, 200)).extracting(TokenDivergence::count).containsExactly(199, 119);
            assertThat(at(whole, 64)).extracting(TokenDivergence::count).containsExactly(63, 63);
            for (int length : whole.keySet()) {
                assertThat(DivergenceStatistics.of(at(layered, length)))
                        .isEqualTo(DivergenceStatistics.of(at(whole, length)));
            }
            assertThat(at(whole, 64).get(0).kl())
                    .isEqualTo(Arrays.copyOf(at(whole, 200).get(0).kl(), 63));
            assertThat(DivergenceStatistics.of(at(whole, 200)).kl().value()).isGreaterThan(1e-3);
            DivergenceStatistics itself =
                    DivergenceStatistics.of(at(compare(divergence, model, model, PLAIN, ReadingPlan.BY_DOCUMENT), 200));
            assertThat(itself.percentiles().maximum()).isZero();
            assertThat(itself.sameTop().value()).isEqualTo(1);
            assertThat(itself.rmsDeltaP()).isZero();
        }
    }

    @Test
    void scalingsThatDependOnTheLengthAreReadOncePerLength() {
        int[] tokens = Arrays.copyOf(GoldenFiles.tokens("tokens/tokens_a.json"), 400);
        List<TokenizedDocument> documents = List.of(TokenizedDocument.of("a", tokens));
        RopeScaling rope = new DynamicScaling(4);
        Divergence divergence = new Divergence(documents, List.of(300, 400));
        Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama");
        try (DecoderModel model = DecoderModel.load(checkpoint, TorchDevice.CPU, QuantizationSpec.NONE);
                HeadComparison heads = new HeadComparison(model, model);
                Divergence.Reading reading = divergence.read(model, rope, null, ReadingPlan.BY_DOCUMENT)) {
            Map<Integer, List<TokenDivergence>> found = divergence.compare(reading, reading, heads);
            double[] shorter = model.tokenNll(Arrays.copyOf(tokens, 300), rope, null);
            assertThat(at(found, 300).get(0).nll())
                    .usingComparatorWithPrecision(1e-5)
                    .containsExactly(shorter);
            assertThat(at(found, 400).get(0).nll())
                    .usingComparatorWithPrecision(1e-5)
                    .containsExactly(model.tokenNll(tokens, rope, null));
            assertThat(reading.evaluation())
                    .usingRecursiveComparison()
                    .isEqualTo(new Evaluator(model, rope, null).nested(documents, List.of(300, 400)));
        }
    }

    private static List<TokenDivergence> at(Map<Integer, List<TokenDivergence>> found, int length) {
        return Objects.requireNonNull(found.get(length));
    }

    private static Map<Integer, List<TokenDivergence>> compare(
            Divergence divergence, DecoderModel reference, DecoderModel model, RopeScaling rope, ReadingPlan order) {
        try (Divergence.Reading theirs = divergence.read(reference, rope, null, order);
                Divergence.Reading ours = divergence.read(model, rope, null, order);
                HeadComparison heads = new HeadComparison(reference, model)) {
            return divergence.compare(theirs, ours, heads);
        }
    }

    private static DecoderModel load(String name) {
        Path path = GoldenFiles.path(name);
        return DecoderModel.load(Checkpoint.open(path), TorchDevice.CPU, QuantizationSpec.NONE);
    }
}
