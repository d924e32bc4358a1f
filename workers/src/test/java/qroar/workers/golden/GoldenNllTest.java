package qroar.workers.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.model.DecoderModel;
import qroar.workers.torch.TorchDevice;

@Tag("numeric")
class GoldenNllTest {
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
}
