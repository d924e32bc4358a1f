package qroar.workers.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import qroar.protocol.quantization.GptqQuantization;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.RtnQuantization;
import qroar.protocol.quantization.WeightQuantization;
import qroar.workers.block.LayerWeights;
import qroar.workers.calibration.CalibrationRun;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.config.Projection;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.golden.GoldenTensors;
import qroar.workers.model.DecoderModel;
import qroar.workers.torch.Codes;
import qroar.workers.torch.QuantizeScript;
import qroar.workers.torch.QuantizeScript.ColumnOrder;
import qroar.workers.torch.QuantizeScript.GptqWeight;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

@Tag("numeric")
class GoldenGptqTest {
    @Test
    void matricesAgreeWithTheReference() {
        int cases = 0;
        long weights = 0;
        long same = 0;
        double worstError = 0;
        for (Path file : GoldenFiles.list("quant_gptq", ".safetensors")) {
            GoldenTensors tensors = GoldenTensors.read(file);
            String json = file.getFileName().toString().replace(".safetensors", ".json");
            for (JsonNode golden : GoldenFiles.json(file.resolveSibling(json)).get("cases")) {
                String name = golden.get("case").textValue();
                Quantized found = quantized(tensors, golden);
                double expected = golden.get("error_sum_losses").doubleValue();
                assertThat(found.error).as(name).isCloseTo(expected, within(1e-3 * expected));
                worstError = Math.max(worstError, Math.abs(found.error / expected - 1));
                float[] q = tensors.floats(name + ".Q");
                long equal = IntStream.range(0, q.length)
                        .filter(i -> Math.abs(q[i] - found.q[i]) <= 1e-4)
                        .count();
                assertThat((double) equal / q.length).as(name).isGreaterThanOrEqualTo(0.99);
                weights += q.length;
                same += equal;
                assertThat(golden.get("output_mse_gptq").doubleValue())
                        .isLessThan(golden.get("output_mse_rtn").doubleValue());
                cases++;
            }
        }
        assertThat(cases).isPositive();
        System.out.printf(
                "golden gptq matrices: %d compared, %d of %d weights equal, largest relative difference of the error"
                        + " %.1e%n",
                cases, same, weights, worstError);
    }

    private record Quantized(float[] q, double error) {}

    private static Quantized quantized(GoldenTensors tensors, JsonNode golden) {
        QuantizeScript script = TorchRuntime.quantize();
        long[] shape = tensors.shape("X");
        int columns = (int) shape[2];
        int perBatch = (int) shape[1] * columns;
        float[] x = tensors.floats("X");
        int group = Math.max(0, golden.get("gs").intValue());
        ColumnOrder order = golden.get("act").booleanValue() ? ColumnOrder.BY_ACTIVATION : ColumnOrder.AS_STORED;
        try (TorchValue w = TorchRuntime.decoder().floats(tensors.floats("W"), tensors.shape("W"), TorchDevice.CPU);
                TorchValue sums = script.zeroSums(columns, TorchDevice.CPU)) {
            for (int batch = 0; batch < shape[0]; batch++) {
                float[] part = Arrays.copyOfRange(x, batch * perBatch, (batch + 1) * perBatch);
                try (TorchValue xs =
                        TorchRuntime.decoder().floats(part, new long[] {shape[1], columns}, TorchDevice.CPU)) {
                    script.addProducts(sums, xs);
                }
            }
            float[] h = tensors.floats("H");
            float[] found = sums.floats();
            for (int i = 0; i < h.length; i++) {
                assertThat((double) found[i] * 2 / shape[0]).isCloseTo(h[i], within(1e-3 + 1e-4 * Math.abs(h[i])));
            }
            try (TorchValue factor = script.gptqFactor(sums, (int) shape[0], order)) {
                GptqWeight result = script.gptq(
                        w,
                        factor,
                        golden.get("bits").intValue(),
                        group,
                        golden.get("sym").booleanValue(),
                        golden.get("static").booleanValue());
                try (TorchValue q = result.weight();
                        Codes codes = result.codes();
                        TorchValue error = result.error()) {
                    CodesTest.assertMakesUp(codes, q);
                    return new Quantized(q.floats(), error.floats()[0]);
                }
            }
        }
    }

    @Test
    void modelsAgreeWithTheReference() {
        int models = 0;
        int matrices = 0;
        double worst = 0;
        double worstError = 0;
        for (Path file : GoldenFiles.list("quant_gptq", ".json")) {
            JsonNode golden = GoldenFiles.json(file);
            if (!golden.has("checkpoint")) {
                continue;
            }
            Map<String, Double> errors = new HashMap<>();
            try (DecoderModel model = model(golden, errors)) {
                for (JsonNode expected : golden.get("per_layer_error_in_quantization_order")) {
                    String name = expected.get(0).textValue() + ".weight";
                    double error = expected.get(1).doubleValue();
                    assertThat(errors).as(file.toString()).containsKey(name);
                    double found = errors.getOrDefault(name, Double.NaN);
                    worstError = Math.max(worstError, Math.abs(found / error - 1));
                    assertThat(found).as("%s %s", file, name).isCloseTo(error, within(5e-2 * error));
                    matrices++;
                }
                double mean = meanNll(model, golden);
                double expected = golden.get("mean_nll").doubleValue();
                assertThat(mean).as(file.toString()).isCloseTo(expected, within(1e-2));
                worst = Math.max(worst, Math.abs(mean - expected));
                assertBetterThanRounding(golden, mean);
            }
            models++;
        }
        assertThat(models).isPositive();
        System.out.printf(
                "golden gptq models: %d compared, largest difference of mean nll %.1e; errors of %d matrices, largest"
                        + " relative difference %.1e%n",
                models, worst, matrices, worstError);
    }

    private static DecoderModel model(JsonNode golden, Map<String, Double> errors) {
        Checkpoint checkpoint = checkpoint(golden);
        GptqQuantization gptq = new GptqQuantization(
                golden.get("w_bit").intValue(),
                golden.get("groupsize").intValue(),
                golden.get("act_order").booleanValue(),
                golden.get("static_groups").booleanValue(),
                golden.get("true_sequential").booleanValue(),
                golden.get("sym").booleanValue());
        Gptq.Findings findings =
                (int layer, Projection projection, double error) -> errors.put(projection.weight(layer), error);
        try (Gptq quantizer = new Gptq(
                        gptq,
                        CalibrationRun.inMemory(checkpoint, TorchDevice.CPU, GoldenAwqTest.calibration(golden)),
                        findings);
                WeightQuantizer checked = new CheckedSums(quantizer, golden.get("weight_stats_after"))) {
            return DecoderModel.load(checkpoint, TorchDevice.CPU, new QuantizationSpec(gptq, null, 0), checked);
        }
    }

    /** Compares sums over each quantized weight. */
    private record CheckedSums(Gptq quantizer, JsonNode stats) implements WeightQuantizer {
        @Override
        public void quantize(int layer, LayerWeights weights) {
            quantizer.quantize(layer, weights);
            for (Projection projection : Projection.values()) {
                JsonNode expected = stats.get(projection.weight(layer));
                double sum = 0;
                double magnitudes = 0;
                for (float w : weights.weight(projection).floats()) {
                    sum += w;
                    magnitudes += Math.abs(w);
                }
                double magnitude = expected.get("abs_sum").doubleValue();
                String name = projection.weight(layer);
                assertThat(magnitudes).as(name).isCloseTo(magnitude, within(2e-3 * magnitude));
                assertThat(sum).as(name).isCloseTo(expected.get("sum").doubleValue(), within(2e-3 * magnitude));
            }
        }

        @Override
        public void close() {}
    }

    private static Checkpoint checkpoint(JsonNode golden) {
        return GoldenFiles.checkpoint(golden.get("checkpoint").textValue());
    }

    private static double meanNll(DecoderModel model, JsonNode golden) {
        int[] tokens = GoldenFiles.tokens(golden.get("tokens_file").textValue());
        return Arrays.stream(model.tokenNll(tokens, model.config().ropeScaling(), null))
                .average()
                .orElseThrow();
    }

    /** Where the reference gains clearly, so must we. */
    private static void assertBetterThanRounding(JsonNode golden, double mean) {
        WeightQuantization rtn = new RtnQuantization(
                golden.get("w_bit").intValue(), golden.get("groupsize").intValue());
        try (DecoderModel rounded =
                DecoderModel.load(checkpoint(golden), TorchDevice.CPU, new QuantizationSpec(rtn, null, 0))) {
            double roundedMean = meanNll(rounded, golden);
            if (golden.get("mean_nll").doubleValue() < roundedMean - 0.02) {
                assertThat(mean).isLessThan(roundedMean);
            }
        }
    }
}
