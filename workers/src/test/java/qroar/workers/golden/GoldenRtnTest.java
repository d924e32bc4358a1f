package qroar.workers.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.RtnQuantization;
import qroar.workers.block.LayerWeights;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.config.Projection;
import qroar.workers.model.DecoderModel;
import qroar.workers.quantize.RoundToNearest;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

@Tag("numeric")
class GoldenRtnTest {
    private static final Pattern RTN = Pattern.compile("rtn w(\\d) g(\\d+)");

    @TempDir
    Path scratch;

    @Test
    void matricesAgreeToTheLastBit() {
        int matrices = 0;
        for (Path file : GoldenFiles.list("quant_rtn", ".safetensors")) {
            GoldenTensors golden = GoldenTensors.read(file);
            for (int bits = 2; bits <= 8; bits++) {
                for (int group : new int[] {16, 32, 64, 128, 256}) {
                    String expected = "b" + bits + "_g" + group + ".w_dq";
                    if (golden.has(expected)) {
                        Numbers.assertSameBits(
                                file + " " + expected,
                                quantized(golden.floats("w"), golden.shape("w"), bits, group),
                                golden.floats(expected));
                        matrices++;
                    }
                }
            }
        }
        assertThat(matrices).isPositive();
        System.out.printf("golden rtn matrices: %d compared, all equal%n", matrices);
    }

    private static float[] quantized(float[] w, long[] shape, int bits, int group) {
        try (RoundToNearest quantizer = new RoundToNearest(bits, group);
                TorchValue weight = TorchRuntime.decoder().floats(w, shape, TorchDevice.CPU);
                TorchValue result = quantizer.quantized(weight)) {
            return result.floats();
        }
    }

    @Test
    void modelsAgreeWithTheReference() {
        int models = 0;
        double worst = 0;
        for (Path file : GoldenFiles.list("quant_rtn", ".json")) {
            JsonNode golden = GoldenFiles.json(file);
            String name = golden.get("checkpoint").textValue();
            Checkpoint checkpoint = GoldenFiles.checkpoint(name, golden.get("config_overrides"), scratch);
            int bits = golden.get("w_bit").intValue();
            int group = golden.get("q_group_size").intValue();
            checkSums(checkpoint, golden.get("weight_stats_after"), bits, group);
            QuantizationSpec spec = new QuantizationSpec(new RtnQuantization(bits, group), null, 0);
            try (DecoderModel model = DecoderModel.load(checkpoint, TorchDevice.CPU, spec)) {
                double mean = Arrays.stream(model.tokenNll(
                                GoldenFiles.tokens(golden.get("tokens_file").textValue()),
                                checkpoint.config().ropeScaling(),
                                null))
                        .average()
                        .orElseThrow();
                double tolerance = name.contains("qwen2") || name.contains("bf16") ? 5e-3 : 2e-3;
                assertThat(mean)
                        .as(file.toString())
                        .isCloseTo(golden.get("mean_nll").doubleValue(), within(tolerance));
                worst = Math.max(worst, Math.abs(mean - golden.get("mean_nll").doubleValue()));
            }
            models++;
        }
        assertThat(models).isPositive();
        System.out.printf("golden rtn models: %d compared, largest difference of mean nll %.1e%n", models, worst);
    }

    private static void checkSums(Checkpoint checkpoint, JsonNode stats, int bits, int group) {
        for (int layer = 0; layer < checkpoint.config().layerCount(); layer++) {
            try (LayerWeights weights = LayerWeights.read(checkpoint, layer, TorchDevice.CPU);
                    RoundToNearest quantizer = new RoundToNearest(bits, group)) {
                quantizer.quantize(layer, weights);
                for (Projection projection : Projection.values()) {
                    double squares = 0;
                    for (float w : weights.weight(projection).floats()) {
                        squares += (double) w * w;
                    }
                    double expected =
                            stats.get(projection.weight(layer)).get("sq_sum").doubleValue();
                    assertThat(squares).as(projection.weight(layer)).isCloseTo(expected, within(2e-3 * expected));
                }
            }
        }
    }

    static QuantizationSpec specOf(String words) {
        Matcher matcher = RTN.matcher(words);
        return matcher.matches()
                ? new QuantizationSpec(
                        new RtnQuantization(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))),
                        null,
                        0)
                : QuantizationSpec.NONE;
    }
}
