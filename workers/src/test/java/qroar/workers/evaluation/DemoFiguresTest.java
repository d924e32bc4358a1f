package qroar.workers.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.model.DecoderModel;
import qroar.workers.text.Documents;
import qroar.workers.text.TokenizedDocument;
import qroar.workers.text.Tokenizer;
import qroar.workers.torch.TorchDevice;

/**
 * The bundled model against figures of an independent PyTorch program (experiments/samples/demo/README.md): mean NLL of
 * held-out-00 to -04 at 512 and 2,048 tokens.
 */
class DemoFiguresTest {
    private static final Path DEMO = Path.of("..", "experiments", "samples", "demo");
    private static final List<TokenizedDocument> DOCUMENTS = new ArrayList<>();
    private static Checkpoint checkpoint = Checkpoint.open(DEMO.resolve("model"));
    private static int compared;

    @BeforeAll
    static void read() {
        try (Tokenizer tokenizer = Tokenizer.open(DEMO.resolve("model"), checkpoint.config())) {
            for (int i = 0; i < 5; i++) {
                DOCUMENTS.add(Documents.text(DEMO.resolve("documents/held-out-0" + i + ".txt"), tokenizer));
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            none                  | 1.1271 | 1.6570 | 1.1426 | 1.1268
            rtn:bits=4,group=0    | 1.1250 | 1.6936 | 1.1418 | 1.1262
            rtn:bits=3,group=64   | 1.1294 | 1.6834 | 1.1480 | 1.1355
            rtn:bits=3,group=0    | 1.1354 | 1.7045 | 1.1527 | 1.1316
            rtn:bits=2,group=32   | 1.2572 | 1.9399 | 1.2881 | 1.3219
            """)
    void agreesWithTheIndependentFigures(
            String quantizer, double plainShort, double plainLong, double yarnShort, double yarnLong) {
        try (DecoderModel model = DecoderModel.load(checkpoint, TorchDevice.CPU, QuantizationText.parse(quantizer))) {
            compare(model, "none", plainShort, plainLong);
            compare(model, "yarn:factor=4", yarnShort, yarnLong);
        }
    }

    private static void compare(DecoderModel model, String rope, double atTrainedWindow, double beyond) {
        List<Perplexity> found = new Evaluator(model, RopeScalingSpec.parse(rope), null)
                .nested(DOCUMENTS, List.of(512, 2048))
                .perplexities();
        assertThat(found.get(0).meanNll()).isCloseTo(atTrainedWindow, within(0.002));
        assertThat(found.get(1).meanNll()).isCloseTo(beyond, within(0.002));
        compared += 2;
    }

    @AfterAll
    static void say() {
        System.out.println("independent demo figures: " + compared + " compared");
    }
}
