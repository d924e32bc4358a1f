package qroar.workers.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.quantization.RtnQuantization;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.YarnScaling;
import qroar.protocol.trial.ScaleGradient;
import qroar.protocol.trial.TrialSpec.Probe;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.text.Documents;
import qroar.workers.text.Tokenizer;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchValue;

class GradientPassTest {
    private static final RopeScaling YARN = YarnScaling.of(4, 256);
    private static final int[] TOKENS = Arrays.copyOf(GoldenFiles.tokens("tokens/tokens_b.json"), 400);
    private static final QuantizationSpec RTN = new QuantizationSpec(new RtnQuantization(3, 16), null, 0);
    private static final Path DEMO = Path.of("..", "experiments", "samples", "demo");

    private static PassPlan plan(DecoderModel model, BandScales scales, int positions) {
        return PassPlan.of(model.config(), YARN, scales, positions, Probe.LOSSES_AND_GRADIENT);
    }

    private static double sumNll(DecoderModel model, BandScales scales, int[] tokens) {
        return Arrays.stream(model.tokenNll(tokens, plan(model, scales, tokens.length)))
                .sum();
    }

    /**
     * Central differences against the gradient of every band. The fourth-order stencil matters: these losses bend so much
     * that a plain difference of step 0.01 is off by a percent already.
     */
    private static void assertAgreesWithDifferences(
            DecoderModel model, BandScales at, int[] tokens, double relative, double floor) {
        ScaleGradient gradient = GradientPass.read(model, plan(model, at, tokens.length), tokens, 0, () -> false)
                .gradient();
        double largest = 0;
        double worst = 0;
        for (int b = 0; b < at.partition().bandCount(); b++) {
            double h = 0.005;
            double near = difference(model, at, tokens, b, h);
            double far = difference(model, at, tokens, b, 2 * h);
            double measured = (4 * near - far) / 3;
            double derived = gradient.ofCell(at.partition(), b, at.mode());
            largest = Math.max(largest, Math.abs(measured));
            worst = Math.max(worst, Math.abs(derived - measured));
            assertThat(derived)
                    .as("band %d of %s", b, at)
                    .isCloseTo(measured, within(Math.max(floor, relative * Math.abs(measured))));
        }
        System.out.printf("scale gradient, %s: largest %.4f nats, worst difference %.5f%n", at.mode(), largest, worst);
    }

    private static double difference(DecoderModel model, BandScales at, int[] tokens, int band, double h) {
        double up = sumNll(model, at.with(band, at.scale(band) * Math.exp(h)), tokens);
        double down = sumNll(model, at.with(band, at.scale(band) * Math.exp(-h)), tokens);
        return (up - down) / (2 * h);
    }

    @ParameterizedTest
    @Tag("numeric")
    @CsvSource({
        "tiny-llama, false",
        "tiny-llama, true",
        "tiny-llama-trained, true",
        "tiny-qwen2, false",
        "tiny-qwen3, true",
        "tiny-mistral, false"
    })
    void gradientsOfSharedScalesAreThoseOfFiniteDifferences(String checkpoint, boolean quantized) {
        try (DecoderModel model = DecoderModel.load(
                GoldenFiles.checkpoint(checkpoint), TorchDevice.CPU, quantized ? RTN : QuantizationSpec.NONE)) {
            BandPartition bands =
                    BandPartition.logSpaced(model.config().geometry().pairCount(), 3);
            double floor = 2e-2;
            assertAgreesWithDifferences(model, BandScales.identity(bands, ScaleMode.SHARED), TOKENS, 1e-2, floor);
            assertAgreesWithDifferences(
                    model, new BandScales(bands, ScaleMode.SHARED, new double[] {1.2, 0.9, 1.1}), TOKENS, 1e-2, floor);
        }
    }

    @Test
    void gradientsOfTheDemoModelAreThoseOfFiniteDifferences() {
        Checkpoint checkpoint = Checkpoint.open(DEMO.resolve("model"));
        int[] tokens;
        try (Tokenizer tokenizer = Tokenizer.open(checkpoint.directory(), checkpoint.config())) {
            tokens = Arrays.copyOf(
                    Documents.text(DEMO.resolve("documents/search-00.txt"), tokenizer)
                            .tokens(),
                    600);
        }
        QuantizationSpec coarse = new QuantizationSpec(new RtnQuantization(2, 32), null, 0);
        try (DecoderModel model = DecoderModel.load(checkpoint, TorchDevice.CPU, coarse)) {
            BandPartition bands = BandPartition.logSpaced(32, 4);
            assertAgreesWithDifferences(model, BandScales.identity(bands, ScaleMode.SHARED), tokens, 1e-2, 2e-2);
        }
    }

    @ParameterizedTest
    @Tag("numeric")
    @ValueSource(strings = {"tiny-llama", "tiny-llama-trained", "tiny-qwen3"})
    void symmetricScalesHaveNoGradientWhileKeysKeepFullPrecision(String checkpoint) {
        try (DecoderModel model = DecoderModel.load(GoldenFiles.checkpoint(checkpoint), TorchDevice.CPU, RTN)) {
            int pairs = model.config().geometry().pairCount();
            ScaleGradient gradient = GradientPass.read(
                            model,
                            plan(model, BandScales.identity(BandPartition.logSpaced(pairs, 1), ScaleMode.SHARED), 400),
                            TOKENS,
                            7,
                            () -> false)
                    .gradient();
            assertThat(gradient.document()).isEqualTo(7);
            assertThat(gradient.query()).hasSize(pairs);
            BandPartition each = BandPartition.logSpaced(pairs, pairs);
            double largest =
                    gradient.query().stream().mapToDouble(Math::abs).max().orElse(0);
            assertThat(largest).isPositive();
            for (int j = 0; j < pairs; j++) {
                assertThat(gradient.ofCell(each, j, ScaleMode.SYMMETRIC))
                        .as("pair %d", j)
                        .isCloseTo(0, within(1e-4 * largest));
            }
        }
    }

    @ParameterizedTest
    @Tag("numeric")
    @ValueSource(
            strings = {
                "rtn:bits=4,group=16,act-bits=8,act=asym,kv-bits=4",
                "none:kv-bits=4,kv-order=pre-rope,kv-bands=4/3,kv-clip=0.75,kv-tails=1.25/1.5"
            })
    void lossesAreThoseOfTheForwardPassAndRoundingIsPassedThrough(String spec) {
        QuantizationSpec quantization = QuantizationText.parse(spec);
        try (DecoderModel model =
                DecoderModel.load(GoldenFiles.checkpoint("tiny-llama-trained"), TorchDevice.CPU, quantization)) {
            BandScales identity = BandScales.identity(BandPartition.logSpaced(8, 1), ScaleMode.SHARED);
            PassPlan plan = plan(model, identity, TOKENS.length);
            GradientPass.Reading reading = GradientPass.read(model, plan, TOKENS, 0, () -> false);
            double[] forward = model.tokenNll(TOKENS, plan);
            for (int i = 0; i < forward.length; i++) {
                assertThat((double) reading.nll()[i]).isCloseTo(forward[i], within(1e-4));
            }
            assertThat(reading.gradient().query()).allMatch(Double::isFinite).anyMatch(g -> g != 0);
        }
    }

    @Test
    void nothingIsLeftBehindAlsoByAPassThatIsCancelledOrRefused() {
        try (DecoderModel model =
                DecoderModel.load(GoldenFiles.checkpoint("tiny-llama"), TorchDevice.CPU, QuantizationSpec.NONE)) {
            PassPlan plan = PassPlan.of(model.config(), YARN, null, 100, Probe.LOSSES_AND_GRADIENT);
            GradientPass.read(model, plan, TOKENS, 0, () -> false);
            long before = TorchValue.live();
            GradientPass.read(model, plan, TOKENS, 0, () -> false);
            AtomicInteger asked = new AtomicInteger();
            int blocks = 2 * model.config().layerCount();
            for (int stop = 1; stop <= blocks; stop++) {
                int at = stop;
                asked.set(0);
                assertThatThrownBy(() -> GradientPass.read(model, plan, TOKENS, 0, () -> asked.incrementAndGet() == at))
                        .isInstanceOf(CancellationException.class);
            }
            int[] unknown = TOKENS.clone();
            unknown[50 + new Random(1).nextInt(50)] = model.config().vocabularySize();
            assertThatThrownBy(() -> GradientPass.read(model, plan, unknown, 0, () -> false))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining("lies outside the vocabulary");
            assertThat(TorchValue.live()).isEqualTo(before);
        }
    }
}
