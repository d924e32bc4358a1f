package qroar.workers.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.trial.Precision;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.model.DecoderModel;
import qroar.workers.placement.Placement;
import qroar.workers.placement.Residence;
import qroar.workers.torch.TorchDevice;

@Tag("numeric")
class GoldenNllTest {
    private static final int ROUNDINGS = 14;

    @TempDir
    Path scratch;

    @Test
    void everyTokenLossAgreesWithTheReference() {
        int vectors = 0;
        double worst = 0;
        for (Path file : GoldenFiles.list("nll", ".json")) {
            JsonNode golden = GoldenFiles.json(file);
            Checkpoint checkpoint = GoldenFiles.checkpoint(
                    golden.get("checkpoint").textValue(), golden.get("config_overrides"), scratch);
            int[] tokens = GoldenFiles.tokens(golden.get("tokens_file").textValue());
            double[] expected = GoldenFiles.doubles(golden.get("nll"));
            try (DecoderModel model = DecoderModel.load(checkpoint, TorchDevice.CPU, QuantizationSpec.NONE)) {
                double[] nll = model.tokenNll(tokens, GoldenFiles.rope(checkpoint, golden), null);
                assertThat(nll).as(file.toString()).hasSameSizeAs(expected);
                for (int i = 0; i < nll.length; i++) {
                    assertThat(nll[i]).as("%s token %d", file, i + 1).isCloseTo(expected[i], within(1e-3));
                    worst = Math.max(worst, Math.abs(nll[i] - expected[i]));
                }
                assertThat(Arrays.stream(nll).average().orElseThrow())
                        .as(file.toString())
                        .isCloseTo(golden.get("mean_nll").doubleValue(), within(1e-4));
            }
            vectors++;
        }
        assertThat(vectors).isPositive();
        System.out.printf("golden nll: %d vectors compared, largest difference %.1e nats%n", vectors, worst);
    }

    /**
     * The reference is float32, so what is bounded is the effect of rounding itself. With u the type's unit roundoff a
     * rounding errs by u / sqrt(3) in the mean square at most, relative to what is rounded. A layer rounds {@value
     * #ROUNDINGS} times on the way of one number (norm, q, k or v, rotation, attention's weights and output, o and its sum;
     * norm, gate, up, silu, product, down and its sum), the ends three times (embedding, norm, logits), each time something
     * no larger than the stream; independent errors add in squares. So logits err by u sqrt((14 L + 3) / 3) of their spread
     * s, and a loss by as much of the spread between its logit and the others'. For models whose predictions are
     * independent of the text, as these are, E[loss] = ln V + s^2 / 2 gives s. Attention that is sharp, and errors that k
     * and v share between tokens, are paid for by a factor of 3 (measured: 0.4 to 1.1 of the bound without it, the same in
     * both types), a single token by 10, and the mean of hundreds of correlated tokens by no more than a division by 4.
     */
    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"BFLOAT16", "FLOAT16"})
    void lossesInSixteenBitsDifferByTheirRoundingsAlone(Precision precision) {
        double largest = 0;
        for (Path file : GoldenFiles.list("nll", ".json")) {
            JsonNode golden = GoldenFiles.json(file);
            Checkpoint checkpoint = GoldenFiles.checkpoint(
                    golden.get("checkpoint").textValue(), golden.get("config_overrides"), scratch);
            double spread = Math.sqrt(2
                    * (golden.get("mean_nll").doubleValue()
                            - Math.log(checkpoint.config().vocabularySize())));
            double bound = 3
                    * spread
                    * precision.unitRoundoff()
                    * Math.sqrt((ROUNDINGS * checkpoint.config().layerCount() + 3) / 3.0);
            int[] tokens = GoldenFiles.tokens(golden.get("tokens_file").textValue());
            double[] expected = GoldenFiles.doubles(golden.get("nll"));
            Residence residence = Residence.of(Placement.WIDENED, precision, TorchDevice.CPU);
            try (DecoderModel model =
                    DecoderModel.load(checkpoint, TorchDevice.CPU, QuantizationSpec.NONE, residence)) {
                double[] nll = model.tokenNll(tokens, GoldenFiles.rope(checkpoint, golden), null);
                double squares = 0;
                for (int i = 0; i < nll.length; i++) {
                    assertThat(nll[i])
                            .as("%s token %d", file, i + 1)
                            .isCloseTo(expected[i], within(10 * bound))
                            .isNotEqualTo(expected[i]);
                    squares += (nll[i] - expected[i]) * (nll[i] - expected[i]);
                }
                double rms = Math.sqrt(squares / nll.length);
                assertThat(rms).as("%s, root of the mean square", file).isLessThan(bound);
                assertThat(Arrays.stream(nll).average().orElseThrow())
                        .as(file.toString())
                        .isCloseTo(golden.get("mean_nll").doubleValue(), within(bound / 4));
                largest = Math.max(largest, rms / bound);
            }
        }
        System.out.printf("golden nll in %s: at most %.2f of the bound%n", precision.word(), largest);
    }
}
