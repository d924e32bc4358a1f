package qroar.workers.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.model.DecoderModel;
import qroar.workers.text.Documents;
import qroar.workers.text.TokenizedDocument;
import qroar.workers.text.Tokenizer;
import qroar.workers.torch.TorchDevice;

/**
 * The bundled model against figures of independent PyTorch programs: experiments/samples/demo/README.md has mean NLL of
 * held-out-00 to -04 at 512 and 2,048 tokens, golden/demo each document's. Unquantized weights are compared on all
 * documents and quantized ones on two each, to a tenth of what the published means allow.
 */
class DemoFiguresTest {
    private static final Path DEMO = Path.of("..", "experiments", "samples", "demo");
    private static final JsonNode FIGURES = GoldenFiles.json(GoldenFiles.path("demo/figures.json"));
    private static final List<TokenizedDocument> DOCUMENTS = new ArrayList<>();
    private static Checkpoint checkpoint = Checkpoint.open(DEMO.resolve("model"));
    private static int compared;

    @BeforeAll
    static void read() {
        try (Tokenizer tokenizer = Tokenizer.open(DEMO.resolve("model"), checkpoint.config())) {
            for (JsonNode name : FIGURES.get("documents")) {
                DOCUMENTS.add(Documents.text(DEMO.resolve("documents").resolve(name.textValue()), tokenizer));
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            none                  | 0 | 5 | 1.1271 | 1.6570 | 1.1426 | 1.1268
            rtn:bits=4,group=0    | 0 | 2 | 1.1250 | 1.6936 | 1.1418 | 1.1262
            rtn:bits=3,group=64   | 1 | 3 | 1.1294 | 1.6834 | 1.1480 | 1.1355
            rtn:bits=3,group=0    | 2 | 4 | 1.1354 | 1.7045 | 1.1527 | 1.1316
            rtn:bits=2,group=32   | 3 | 5 | 1.2572 | 1.9399 | 1.2881 | 1.3219
            """)
    void agreesWithTheIndependentFigures(
            String weights,
            int fromDocument,
            int toDocument,
            double plainShort,
            double plainLong,
            double yarnShort,
            double yarnLong) {
        try (DecoderModel model = DecoderModel.load(checkpoint, TorchDevice.CPU, QuantizationText.parse(weights))) {
            JsonNode plain = figures(weights, "none", plainShort, plainLong);
            JsonNode yarn = figures(weights, "yarn:factor=4", yarnShort, yarnLong);
            for (int document = fromDocument; document < toDocument; document++) {
                compare(model, "none", document, plain.get(document));
                compare(model, "yarn:factor=4", document, yarn.get(document));
            }
        }
    }

    /** By document; over all of them they are the published ones. */
    private static JsonNode figures(String weights, String rope, double atTrainedWindow, double beyond) {
        for (JsonNode row : FIGURES.get("rows")) {
            if (row.get("weights").textValue().equals(weights)
                    && row.get("rope").textValue().equals(rope)) {
                JsonNode means = row.get("mean_nll");
                assertThat(means).hasSameSizeAs(DOCUMENTS);
                assertThat(mean(means, 0)).isCloseTo(atTrainedWindow, within(0.0005));
                assertThat(mean(means, 1)).isCloseTo(beyond, within(0.0005));
                return means;
            }
        }
        throw new AssertionError("no figures of " + weights + " with " + rope);
    }

    private static double mean(JsonNode means, int length) {
        return IntStream.range(0, means.size())
                .mapToDouble(document -> means.get(document).get(length).doubleValue())
                .average()
                .orElseThrow();
    }

    private static void compare(DecoderModel model, String rope, int document, JsonNode expected) {
        List<Perplexity> found = new Evaluator(model, RopeScalingSpec.parse(rope), null)
                .nested(List.of(DOCUMENTS.get(document)), List.of(512, 2048))
                .perplexities();
        for (int length = 0; length < 2; length++) {
            assertThat(found.get(length).meanNll())
                    .as("document %d", document)
                    .isCloseTo(expected.get(length).doubleValue(), within(2e-4));
            compared++;
        }
    }

    @AfterAll
    static void say() {
        System.out.println("independent demo figures: " + compared + " compared");
    }
}
