package qroar.workers.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.protocol.BadInput;
import qroar.protocol.quantization.Nf4Quantization;
import qroar.workers.block.LayerWeights;
import qroar.workers.config.Projection;
import qroar.workers.export.ExportFormat;
import qroar.workers.export.QuantizedExport;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.golden.GoldenTensors;
import qroar.workers.golden.Numbers;
import qroar.workers.torch.Codes;
import qroar.workers.torch.QuantizeScript.CodedWeight;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

class NormalFloatTest {
    private static final long SEED = Long.getLong("seed", 4);
    private static final Nf4Quantization NF4 = new Nf4Quantization(64, false);

    @TempDir
    Path scratch;

    private static float[] quantized(float[] w, int columns, int block) {
        return quantized(w, columns, new Nf4Quantization(block, false));
    }

    private static float[] quantized(float[] w, int columns, Nf4Quantization spec) {
        try (NormalFloat quantizer = new NormalFloat(spec);
                TorchValue weight =
                        TorchRuntime.decoder().floats(w, new long[] {w.length / columns, columns}, TorchDevice.CPU)) {
            CodedWeight coded = quantizer.coded(weight, TorchDevice.CPU);
            try (TorchValue made = coded.weight();
                    Codes codes = coded.codes();
                    TorchValue back = codes.weight();
                    Codes dense = codes.dense();
                    Codes shared = dense.share();
                    TorchValue ofDense = shared.weight()) {
                assertSameBits(back.floats(), made.floats());
                assertSameBits(ofDense.floats(), made.floats());
                if (columns > 1) {
                    assertThat(dense.size()).isLessThan(codes.size());
                }
                return made.floats();
            }
        }
    }

    private static void assertSameBits(float[] values, float[] expected) {
        Numbers.assertSameBits("weights", values, expected);
    }

    @Test
    @Tag("numeric")
    void matricesAgreeWithBitsandbytesToTheLastBit() {
        GoldenTensors golden = GoldenTensors.read(GoldenFiles.path("quant_nf4/matrices.safetensors"));
        assertSameBits(NormalFloat.table(), golden.floats("table"));
        for (String name : new String[] {"w", "w_odd"}) {
            int columns = (int) golden.shape(name)[1];
            for (int block : new int[] {32, 64, 128, 4096}) {
                String expected = name.substring(1).replaceFirst("_odd", "odd_") + "b" + block + ".w_dq";
                Numbers.assertSameBits(
                        expected, quantized(golden.floats(name), columns, block), golden.floats(expected));
            }
        }
    }

    @Test
    @Tag("numeric")
    void doublyQuantizedMatricesAgreeWithBitsandbytesToTheLastBit() {
        GoldenTensors golden = GoldenTensors.read(GoldenFiles.path("quant_nf4/double.safetensors"));
        assertSameBits(DynamicMap.entries(), golden.floats("map"));
        for (String name : new String[] {"w.b32", "w_odd.b32", "w_odd.b64", "w_odd.b4096"}) {
            String matrix = name.substring(0, name.indexOf('.'));
            Nf4Quantization spec = new Nf4Quantization(Integer.parseInt(name.substring(name.indexOf('b') + 1)), true);
            int columns = (int) golden.shape(matrix)[1];
            Numbers.assertSameBits(
                    name, quantized(golden.floats(matrix), columns, spec), golden.floats(name + ".w_dq"));
        }
    }

    /** The definition, in double: each peak is the nearest value that its run of 256 can have. */
    @Test
    @Tag("numeric")
    void everyPeakBecomesTheNearestThatItsRunCanHave() {
        Random random = new Random(SEED);
        float[] w = new float[600 * 32];
        for (int i = 0; i < w.length; i++) {
            w[i] = (float) (random.nextGaussian() * Math.exp(i % 7 - 3));
        }
        float[] once = quantized(w, 96, new Nf4Quantization(32, false));
        float[] twice = quantized(w, 96, new Nf4Quantization(32, true));
        double[] peaks = new double[600];
        for (int i = 0; i < w.length; i++) {
            peaks[i / 32] = Math.max(peaks[i / 32], Math.abs(w[i]));
        }
        double mean = Arrays.stream(peaks).average().orElseThrow();
        for (int block = 0; block < peaks.length; block++) {
            int run = block / 256 * 256;
            double widest = 0;
            for (int other = run; other < Math.min(600, run + 256); other++) {
                widest = Math.max(widest, Math.abs(peaks[other] - mean));
            }
            double nearest = Double.MAX_VALUE;
            for (float entry : DynamicMap.entries()) {
                nearest = Math.min(nearest, Math.abs(mean + entry * widest - peaks[block]));
            }
            // The largest weight of a block is its peak, and becomes what the peak becomes.
            int largest = block * 32;
            for (int i = block * 32; i < block * 32 + 32; i++) {
                largest = Math.abs(w[i]) > Math.abs(w[largest]) ? i : largest;
            }
            assertThat(Math.abs(once[largest]))
                    .as("seed %d block %d", SEED, block)
                    .isEqualTo((float) peaks[block]);
            assertThat(Math.abs(Math.abs(twice[largest]) - peaks[block]))
                    .as("seed %d block %d", SEED, block)
                    .isLessThan(nearest + 1e-5 * (widest + mean));
        }
    }

    /** The definition, weight by weight. */
    @ParameterizedTest
    @Tag("numeric")
    @ValueSource(ints = {1, 3, 31, 64, 100})
    void everyWeightBecomesTheNearestEntryTimesThePeakOfItsBlock(int columns) {
        Random random = new Random(SEED + columns);
        float[] w = new float[7 * columns];
        for (int i = 0; i < w.length; i++) {
            w[i] = (float) (random.nextGaussian() * 0.1);
        }
        float[] table = NormalFloat.table();
        float[] result = quantized(w, columns, 32);
        for (int i = 0; i < w.length; i++) {
            float peak = 0;
            for (int j = i / 32 * 32; j < Math.min(w.length, i / 32 * 32 + 32); j++) {
                peak = Math.max(peak, Math.abs(w[j]));
            }
            float nearest = Float.MAX_VALUE;
            for (float entry : table) {
                nearest = Math.min(nearest, Math.abs(w[i] - entry * peak));
            }
            assertThat(Math.abs(w[i] - result[i]))
                    .as("weight %d seed %d", i, SEED)
                    .isLessThan(nearest + 1e-6f * peak);
        }
    }

    @Test
    @Tag("numeric")
    void zerosStayZeroAndWhatIsNoNumberStaysInItsBlock() {
        assertThat(quantized(new float[64], 8, 32)).containsOnly(-0f);
        float[] broken = new float[96];
        Arrays.fill(broken, 0.5f);
        broken[3] = Float.NaN;
        broken[40] = Float.NEGATIVE_INFINITY;
        float[] result = quantized(broken, 32, 32);
        assertThat(Arrays.copyOf(result, 32)).containsOnly(Float.NaN);
        assertThat(Arrays.copyOfRange(result, 32, 64)).containsOnly(Float.NaN, Float.NEGATIVE_INFINITY);
        assertThat(Arrays.copyOfRange(result, 64, 96)).containsOnly(0.5f);
        Nf4Quantization doubly = new Nf4Quantization(32, true);
        for (float value : quantized(broken, 32, doubly)) {
            assertThat(Float.isFinite(value)).isFalse();
        }
        assertThat(quantized(new float[64], 8, doubly)).as("one range for all").containsOnly(-0f);
    }

    @Test
    void aLayerIsQuantizedInItsSevenLinears() {
        try (LayerWeights weights =
                        LayerWeights.readWithCodes(GoldenFiles.checkpoint("tiny-llama-q"), 1, TorchDevice.CPU);
                LayerWeights before = LayerWeights.read(GoldenFiles.checkpoint("tiny-llama-q"), 1, TorchDevice.CPU);
                NormalFloat quantizer = new NormalFloat(NF4)) {
            quantizer.quantize(1, weights);
            for (Projection projection : Projection.values()) {
                int columns = (int) before.weight(projection).shape()[1];
                assertSameBits(
                        weights.weight(projection).floats(),
                        quantized(before.weight(projection).floats(), columns, 64));
            }
            assertThat(weights.isCoded()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"compressed-tensors", "awq", "gptq", "gguf"})
    void formatsOfEvenlySpacedCodesRefuseIt(String format) {
        assertThatThrownBy(() -> QuantizedExport.requireWritable(
                        GoldenFiles.checkpoint("tiny-llama-q"),
                        NF4,
                        ExportFormat.of(format, null),
                        scratch.resolve("out")))
                .isInstanceOf(BadInput.class)
                .hasMessage("--format " + format
                        + " holds evenly spaced codes, and those of nf4 are not; use a floating-point format");
    }
}
