package qroar.workers.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.protocol.band.Band;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.RtnQuantization;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.model.DecoderModel;
import qroar.workers.quantize.ScaledRows;
import qroar.workers.quantize.WeightQuantizer;
import qroar.workers.torch.TorchDevice;

@Tag("numeric")
class GoldenBandsTest {
    private static final QuantizationSpec RTN = new QuantizationSpec(new RtnQuantization(4, 32), null, 0);

    @TempDir
    Path scratch;

    @Test
    void scaledWeightsAndScaledTablesAgreeWithTheReference() {
        int vectors = 0;
        double worst = 0;
        for (Path file : GoldenFiles.list("bands", ".json")) {
            JsonNode golden = GoldenFiles.json(file);
            String name = golden.get("checkpoint").textValue();
            Checkpoint checkpoint = GoldenFiles.checkpoint(name, golden.get("config_overrides"), scratch);
            int[] tokens = GoldenFiles.tokens(golden.get("tokens_file").textValue());
            for (JsonNode result : golden.get("results")) {
                boolean quantized = result.get("quantized").booleanValue();
                BandScales scales = scales(golden, result.get("mode").textValue());
                double tolerance = !quantized ? 1e-4 : name.contains("qwen2") ? 5e-3 : 2e-3;
                double expected = result.get("mean_nll").doubleValue();
                QuantizationSpec spec = quantized ? RTN : QuantizationSpec.NONE;
                double byTables = mean(checkpoint, spec, null, tokens, scales);
                double byWeights = mean(checkpoint, spec, scales, tokens, null);
                assertThat(byTables)
                        .as("tables %s %s", file, result.get("mode"))
                        .isCloseTo(expected, within(tolerance));
                assertThat(byWeights)
                        .as("weights %s %s", file, result.get("mode"))
                        .isCloseTo(expected, within(tolerance));
                worst = Math.max(worst, Math.abs(byTables - expected));
                vectors += 2;
            }
        }
        assertThat(vectors).isPositive();
        System.out.printf("golden bands: %d vectors compared, largest difference of mean nll %.1e%n", vectors, worst);
    }

    private static BandScales scales(JsonNode golden, String mode) {
        List<Band> bands = new ArrayList<>();
        for (JsonNode band : golden.get("bands_pair_index_half_open")) {
            bands.add(new Band(band.get(0).intValue(), band.get(1).intValue()));
        }
        BandPartition partition = new BandPartition(bands);
        return mode.equals("identity")
                ? BandScales.identity(partition, ScaleMode.SHARED)
                : new BandScales(partition, ScaleMode.ofWord(mode), GoldenFiles.doubles(golden.get("band_scales")));
    }

    private static double mean(
            Checkpoint checkpoint,
            QuantizationSpec spec,
            @Nullable BandScales inWeights,
            int[] tokens,
            @Nullable BandScales inTables) {
        try (WeightQuantizer plain = WeightQuantizer.uncalibrated(spec.weights());
                WeightQuantizer quantizer = inWeights == null ? plain : new ScaledRows(inWeights, plain);
                DecoderModel model = DecoderModel.load(checkpoint, TorchDevice.CPU, spec, quantizer)) {
            return Arrays.stream(model.tokenNll(tokens, checkpoint.config().ropeScaling(), inTables))
                    .average()
                    .orElseThrow();
        }
    }
}
