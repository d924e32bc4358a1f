package qroar.workers.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.quantization.SmoothQuantization;
import qroar.workers.block.LayerWeights;
import qroar.workers.calibration.CalibrationRun;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.config.Projection;
import qroar.workers.export.ExportFormat;
import qroar.workers.export.QuantizedExport;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.golden.GoldenTensors;
import qroar.workers.model.DecoderModel;
import qroar.workers.tensors.Dtype;
import qroar.workers.torch.Codes;
import qroar.workers.torch.QuantizeScript.CodedWeight;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;
import qroar.workers.torch.ValueScope;

@Tag("numeric")
class SmoothQuantTest {
    private static final long SEED = Long.getLong("seed", 8);

    @TempDir
    Path scratch;

    @Test
    void scalesAndLossesAgreeWithTransformersAndTheFormulas() {
        int evaluations = 0;
        int vectors = 0;
        double worst = 0;
        for (Path file : GoldenFiles.list("quant_smoothquant", ".json")) {
            JsonNode golden = GoldenFiles.json(file);
            String name = golden.get("checkpoint").textValue();
            GoldenTensors tensors = GoldenTensors.read(file.resolveSibling(name + ".safetensors"));
            Checkpoint checkpoint = GoldenFiles.checkpoint(name);
            int[][] calibration = GoldenAwqTest.calibration(golden);
            int[] tokens = GoldenFiles.tokens(golden.get("tokens_file").textValue());
            for (JsonNode evaluation : golden.get("evaluations")) {
                double alpha = evaluation.get("alpha").doubleValue();
                SmoothQuantization smooth = new SmoothQuantization(
                        evaluation.get("bits").intValue(),
                        evaluation.get("group").intValue(),
                        alpha);
                int actBits = evaluation.get("act_bits").intValue();
                QuantizationSpec spec =
                        QuantizationText.parse(QuantizationText.format(new QuantizationSpec(smooth, null, 0))
                                + (actBits == 0 ? "" : ",act-bits=" + actBits));
                int[] smoothed = new int[1];
                SmoothQuant.Findings findings = (layer, pair, scales) -> {
                    String part = pair == ScalePair.INPUT_NORM ? "attention" : "mlp";
                    float[] expected =
                            tensors.floats(String.format(Locale.ROOT, "a%.1f|scale|%d|%s", alpha, layer, part));
                    compare(name + " layer " + layer + " " + part, scales.floats(), expected);
                    smoothed[0]++;
                };
                try (SmoothQuant quantizer = new SmoothQuant(
                                smooth, CalibrationRun.inMemory(checkpoint, TorchDevice.CPU, calibration), findings);
                        DecoderModel model = DecoderModel.load(checkpoint, TorchDevice.CPU, spec, quantizer)) {
                    double mean = Arrays.stream(
                                    model.tokenNll(tokens, checkpoint.config().ropeScaling(), null))
                            .average()
                            .orElseThrow();
                    double expected = evaluation.get("mean_nll").doubleValue();
                    assertThat(mean)
                            .as("%s %s", name, evaluation)
                            .isCloseTo(expected, within(name.contains("qwen2") ? 5e-3 : 2e-3));
                    worst = Math.max(worst, Math.abs(mean - expected));
                }
                assertThat(smoothed[0]).isEqualTo(2 * checkpoint.config().layerCount());
                vectors += smoothed[0];
                evaluations++;
            }
        }
        assertThat(evaluations).isEqualTo(10);
        System.out.printf(
                "golden smoothquant: %d vectors of scales, %d evaluations, largest difference of mean nll %.1e%n",
                vectors, evaluations, worst);
    }

    private static void compare(String at, float[] found, float[] expected) {
        assertThat(found).as(at).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(found[i]).as("%s channel %d", at, i).isCloseTo(expected[i], within(1e-4f * expected[i]));
        }
    }

    /** The definition, channel by channel, in double. */
    @ParameterizedTest
    @CsvSource({"0", "0.3", "0.5", "1"})
    void smoothingIsTheFormula(double alpha) {
        Random random = new Random(SEED);
        int columns = 12;
        float[] peaks = new float[columns];
        float[][] linears = {gaussian(random, 5 * columns), gaussian(random, 3 * columns)};
        for (int i = 1; i < columns; i++) {
            peaks[i] = 20 * random.nextFloat();
            linears[0][i] *= i;
        }
        for (int row = 0; row < 5; row++) {
            linears[0][row * columns + 4] = 0;
            linears[1][row % 3 * columns + 4] = 0;
        }
        try (ValueScope scope = new ValueScope()) {
            TorchValue x = scope.own(TorchRuntime.decoder().floats(peaks, new long[] {columns}, TorchDevice.CPU));
            List<TorchValue> ws = List.of(
                    scope.own(TorchRuntime.decoder().floats(linears[0], new long[] {5, columns}, TorchDevice.CPU)),
                    scope.own(TorchRuntime.decoder().floats(linears[1], new long[] {3, columns}, TorchDevice.CPU)));
            float[] found =
                    scope.own(TorchRuntime.quantize().smoothing(x, ws, alpha)).floats();
            for (int channel = 0; channel < columns; channel++) {
                double w = 1e-5;
                for (float[] linear : linears) {
                    for (int at = channel; at < linear.length; at += columns) {
                        w = Math.max(w, Math.abs(linear[at]));
                    }
                }
                double expected = Math.max(1e-5, Math.pow(peaks[channel], alpha) / Math.pow(w, 1 - alpha));
                assertThat((double) found[channel])
                        .as("channel %d seed %d", channel, SEED)
                        .isCloseTo(expected, within(1e-5 * expected));
            }
        }
    }

    private static float[] gaussian(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** An odd width in groups, the last one shorter, against the plain loop. */
    @ParameterizedTest
    @CsvSource({"2, 5", "4, 5", "8, 13", "8, 4"})
    void weightsLieOnSymmetricGrids(int bits, int group) {
        int columns = 13;
        float[] w = gaussian(new Random(SEED), 4 * columns);
        Arrays.fill(w, columns, 2 * columns, 0);
        float top = (1 << bits - 1) - 1;
        try (TorchValue weight = TorchRuntime.decoder().floats(w, new long[] {4, columns}, TorchDevice.CPU)) {
            CodedWeight coded = TorchRuntime.quantize().roundSymmetric(weight, bits, group);
            try (TorchValue made = coded.weight();
                    Codes codes = coded.codes()) {
                CodesTest.assertMakesUp(codes, made);
                assertThat(codes.read().isSymmetric()).isTrue();
                float[] found = made.floats();
                for (int at = 0; at < w.length; at++) {
                    int first = at - at % columns + at % columns / group * group;
                    int end = Math.min(first + group, at - at % columns + columns);
                    float peak = 1e-5f;
                    for (int i = first; i < end; i++) {
                        peak = Math.max(peak, Math.abs(w[i]));
                    }
                    float scale = peak / top;
                    assertThat(found[at]).as("weight %d", at).isEqualTo(0f + (float) Math.rint(w[at] / scale) * scale);
                }
            }
        }
    }

    /** The function does not change but for rounding, which 8 bits of weights keep small. */
    @Test
    void normsTakeWhatTheLinearsGive() {
        Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama-q");
        int[][] calibration = {GoldenFiles.tokens("tokens/tokens_b.json")};
        CalibrationRun run = CalibrationRun.inMemory(checkpoint, TorchDevice.CPU, calibration);
        try (SmoothQuant quantizer =
                        new SmoothQuant(new SmoothQuantization(8, 0, 0.5), run, (layer, pair, scales) -> {});
                LayerWeights before = LayerWeights.read(checkpoint, 0, TorchDevice.CPU);
                LayerWeights after = LayerWeights.read(checkpoint, 0, TorchDevice.CPU)) {
            quantizer.quantize(0, after);
            for (LayerWeights.Norm norm : List.of(LayerWeights.Norm.INPUT, LayerWeights.Norm.POST_ATTENTION)) {
                Projection behind = norm == LayerWeights.Norm.INPUT ? Projection.KEY : Projection.UP;
                double[] both = {0, 0};
                float[] w0 = before.weight(behind).floats();
                float[] w1 = after.weight(behind).floats();
                float[] n0 = Objects.requireNonNull(before.norm(norm)).floats();
                float[] n1 = Objects.requireNonNull(after.norm(norm)).floats();
                for (int i = 0; i < w0.length; i++) {
                    double is = n1[i % n1.length] * w1[i];
                    double was = n0[i % n0.length] * w0[i];
                    both[0] += (is - was) * (is - was);
                    both[1] += was * was;
                }
                assertThat(n1).isNotEqualTo(n0);
                assertThat(Math.sqrt(both[0] / both[1])).isLessThan(0.02);
            }
        }
    }

    /** Symmetric codes of eight bits, exact in formats that hold them. */
    @Test
    void weightsArePackedAsTheyAre() {
        Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama-q");
        QuantizationSpec spec = QuantizationText.parse("smoothquant:bits=8");
        int[][] calibration = {GoldenFiles.tokens("tokens/tokens_b.json")};
        Path folder = scratch.resolve("packed");
        QuantizedExport.Report report = QuantizedExport.write(
                checkpoint,
                spec.weights(),
                calibration,
                TorchDevice.CPU,
                ExportFormat.of("compressed-tensors", Dtype.F32),
                folder);
        assertThat(report.largestRounding()).isZero();
        int[] tokens = GoldenFiles.tokens("tokens/tokens_a.json");
        try (SmoothQuant quantizer = new SmoothQuant(
                        (SmoothQuantization) spec.weights(),
                        CalibrationRun.inMemory(checkpoint, TorchDevice.CPU, calibration),
                        (layer, pair, scales) -> {});
                DecoderModel here = DecoderModel.load(checkpoint, TorchDevice.CPU, spec, quantizer);
                DecoderModel read =
                        DecoderModel.load(Checkpoint.open(folder), TorchDevice.CPU, QuantizationSpec.NONE)) {
            assertThat(read.tokenNll(tokens, checkpoint.config().ropeScaling(), null))
                    .containsExactly(here.tokenNll(tokens, checkpoint.config().ropeScaling(), null));
        }
    }
}
