package qroar.workers.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.model.DecoderModel;
import qroar.workers.quantize.ScaledRows;
import qroar.workers.quantize.WeightQuantizer;
import qroar.workers.torch.TorchDevice;

@Tag("numeric")
class GoldenKeyValuesTest {
    private static double mean(DecoderModel model, int[] tokens, @Nullable BandScales scales) {
        return Arrays.stream(model.tokenNll(tokens, model.config().ropeScaling(), scales))
                .average()
                .orElseThrow();
    }

    private static String spec(JsonNode setting) {
        return "none:kv-bits=" + setting.get("bits").intValue()
                + (setting.has("order") ? ",kv-order=" + setting.get("order").textValue() : "")
                + (setting.has("bands") ? ",kv-bands=" + joined(setting.get("bands")) : "")
                + (setting.has("clip") ? ",kv-clip=" + setting.get("clip").asText() : "")
                + (setting.has("tails") ? ",kv-tails=" + joined(setting.get("tails")) : "");
    }

    private static String joined(JsonNode numbers) {
        return StreamSupport.stream(numbers.spliterator(), false)
                .map(JsonNode::asText)
                .collect(Collectors.joining("/"));
    }

    @Test
    void lossesAgreeWithTransformersAndARotationThatQuantizes() {
        JsonNode golden = GoldenFiles.json(GoldenFiles.path("quant_kv/losses.json"));
        int[] tokens = Arrays.copyOf(
                GoldenFiles.tokens(golden.get("tokens_file").textValue()),
                golden.get("tokens").intValue());
        double worst = 0;
        for (JsonNode setting : golden.get("settings")) {
            Checkpoint checkpoint =
                    GoldenFiles.checkpoint(setting.get("checkpoint").textValue());
            QuantizationSpec quantization = QuantizationText.parse(spec(setting));
            try (DecoderModel model = DecoderModel.load(checkpoint, TorchDevice.CPU, quantization)) {
                double found = mean(model, tokens, null);
                double expected = setting.get("mean_nll").doubleValue();
                assertThat(found).as("%s", setting).isCloseTo(expected, within(2e-3));
                worst = Math.max(worst, Math.abs(found - expected));
            }
        }
        assertThat(golden.get("settings")).hasSize(14);
        System.out.printf("golden keys and values: 14 settings, largest difference of mean nll %.1e%n", worst);
    }

    /** Scales in rotary tables are rescaled rows of W_K, wherever keys are quantized: what an export computes. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "none:kv-bits=4",
                "none:kv-bits=4,kv-order=pre-rope",
                "none:kv-bits=8,kv-order=pre-rope,kv-bands=4/3",
                "none:kv-bits=4,kv-clip=0.75,kv-tails=1.5/1.25"
            })
    void scalesInTablesAreRescaledRows(String spec) {
        Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama");
        int[] tokens = Arrays.copyOf(GoldenFiles.tokens("tokens/tokens_b.json"), 200);
        BandScales scales = new BandScales(
                BandPartition.logSpaced(checkpoint.config().geometry().pairCount(), 2),
                ScaleMode.SYMMETRIC,
                new double[] {1.5, 0.75});
        QuantizationSpec quantization = QuantizationText.parse(spec);
        try (WeightQuantizer none = WeightQuantizer.uncalibrated(quantization.weights());
                ScaledRows rows = new ScaledRows(scales, none);
                DecoderModel rescaled = DecoderModel.load(checkpoint, TorchDevice.CPU, quantization, rows);
                DecoderModel plain = DecoderModel.load(checkpoint, TorchDevice.CPU, quantization)) {
            double expected = mean(rescaled, tokens, null);
            assertThat(mean(plain, tokens, scales)).isCloseTo(expected, within(5e-4));
        }
    }

    @Test
    void moreBandsThanPairsAreRefused() {
        Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama");
        QuantizationSpec quantization = QuantizationText.parse("none:kv-bits=4,kv-bands=8/8/8/8/8/8/8/4/4");
        assertThatThrownBy(() -> DecoderModel.load(checkpoint, TorchDevice.CPU, quantization))
                .isInstanceOf(BadInput.class)
                .hasMessage("quantization: kv-bands has 9 bands; a head of the model has 8 rotary pairs");
    }
}
