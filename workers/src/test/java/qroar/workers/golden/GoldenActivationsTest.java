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
import qroar.protocol.quantization.ActivationQuantization;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.RtnQuantization;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.model.DecoderModel;
import qroar.workers.torch.DecoderScript.RowRange;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

@Tag("numeric")
class GoldenActivationsTest {
    private static final Pattern NAME = Pattern.compile("w(\\d)g(\\d+)_a(\\d)(sym|asym)");

    @TempDir
    Path scratch;

    @Test
    void rowsAgreeWithTheReference() {
        int matrices = 0;
        for (Path file : GoldenFiles.list("quant_w4a4", ".safetensors")) {
            GoldenTensors golden = GoldenTensors.read(file);
            for (int bits = 2; bits <= 8; bits++) {
                for (RowRange range : RowRange.values()) {
                    String key = "a" + bits + (range == RowRange.SYMMETRIC ? "_sym" : "_asym") + ".X_dq";
                    if (golden.has(key)) {
                        try (TorchValue x = TorchRuntime.decoder()
                                        .floats(golden.floats("X"), golden.shape("X"), TorchDevice.CPU);
                                TorchValue rows = TorchRuntime.decoder().quantizedRows(x, bits, range)) {
                            Numbers.assertWithin(key, 1e-5f, rows.floats(), golden.floats(key));
                        }
                        matrices++;
                    }
                }
            }
        }
        assertThat(matrices).isPositive();
        System.out.printf("golden activation matrices: %d compared%n", matrices);
    }

    @Test
    void modelsAgreeWithTheReference() {
        int models = 0;
        double worst = 0;
        for (Path file : GoldenFiles.list("quant_w4a4", ".json")) {
            JsonNode golden = GoldenFiles.json(file);
            Matcher name = NAME.matcher(file.getFileName().toString());
            assertThat(name.find()).isTrue();
            QuantizationSpec spec = new QuantizationSpec(
                    new RtnQuantization(Integer.parseInt(name.group(1)), Integer.parseInt(name.group(2))),
                    new ActivationQuantization(
                            Integer.parseInt(name.group(3)),
                            name.group(4).equals("sym")
                                    ? ActivationQuantization.Range.SYMMETRIC
                                    : ActivationQuantization.Range.ASYMMETRIC),
                    0);
            Checkpoint checkpoint = GoldenFiles.checkpoint(
                    golden.get("checkpoint").textValue(), golden.get("config_overrides"), scratch);
            try (DecoderModel model = DecoderModel.load(checkpoint, TorchDevice.CPU, spec)) {
                double mean = Arrays.stream(model.tokenNll(
                                GoldenFiles.tokens(golden.get("tokens_file").textValue()),
                                checkpoint.config().ropeScaling(),
                                null))
                        .average()
                        .orElseThrow();
                assertThat(mean)
                        .as(file.toString())
                        .isCloseTo(golden.get("mean_nll").doubleValue(), within(1e-2));
                worst = Math.max(worst, Math.abs(mean - golden.get("mean_nll").doubleValue()));
            }
            models++;
        }
        assertThat(models).isPositive();
        System.out.printf(
                "golden weight and activation models: %d compared, largest difference of mean nll %.1e%n",
                models, worst);
    }
}
