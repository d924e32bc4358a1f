package qroar.workers.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.rope.InverseFrequencies;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.rope.RopeFrequencies;
import qroar.protocol.rope.YarnScaling;
import qroar.protocol.statistics.LogHistogram;
import qroar.protocol.trial.LayerActivations;
import qroar.workers.block.BlockTrace;
import qroar.workers.block.Chunk;
import qroar.workers.block.DecoderBlocks;
import qroar.workers.block.KeyValueCache;
import qroar.workers.block.LayerWeights;
import qroar.workers.block.RotaryTables;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.Projection;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.golden.Numbers;
import qroar.workers.torch.DecoderScript;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

@Tag("numeric")
class DecoderBlocksTest {
    private static final int POSITIONS = 150;
    private static final TorchDevice CPU = TorchDevice.CPU;

    /** Checkpoints: plain, grouped heads, biases, q and k norms, a window of 96 keys; chunks: whole, even, odd. */
    @ParameterizedTest
    @CsvSource({
        "tiny-llama, 150",
        "tiny-llama, 64",
        "tiny-llama-bf16-sharded, 37",
        "tiny-qwen2, 50",
        "tiny-qwen3, 149",
        "tiny-mistral, 150",
        "tiny-mistral, 33",
        "tiny-llama-trained, 11"
    })
    void everyBlockEqualsPlainOperationsAndItsHistogramsEqualTheirMagnitudes(String name, int chunkTokens) {
        Checkpoint checkpoint = GoldenFiles.checkpoint(name);
        ModelConfig config = checkpoint.config();
        RopeFrequencies frequencies = InverseFrequencies.of(config.geometry(), YarnScaling.of(4, 256), POSITIONS);
        BandScales scales = new BandScales(
                BandPartition.logSpaced(config.geometry().pairCount(), 2), ScaleMode.SYMMETRIC, new double[] {1.2, 0.85
                });
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
                DecoderBlocks blocks = new DecoderBlocks(config, QuantizationSpec.NONE, CPU);
                RotaryTables rotary = RotaryTables.of(frequencies, scales, POSITIONS, CPU);
                KeyValueCache cache = KeyValueCache.allocate(config, config.layerCount(), POSITIONS, CPU);
                ActivationCounts counts = new ActivationCounts(config, CPU)) {
            float[] x = gaussian(POSITIONS * config.hiddenSize());
            for (int layer = 0; layer < config.layerCount(); layer++) {
                try (LayerWeights weights = LayerWeights.read(checkpoint, layer, CPU)) {
                    PlainBlock.Result plain = new PlainBlock(manager, config, weights)
                            .forward(x, config.attentionWindow(layer), frequencies, scales);
                    float[] fused = chunked(blocks, weights, layer, rotary, cache, counts, x, chunkTokens);
                    Numbers.assertWithin(name + " layer " + layer, 2e-4f, fused, plain.output());
                    checkHistograms(counts.read(0).get(layer), plain, config);
                    x = plain.output();
                }
            }
        }
    }

    private static float[] gaussian(int count) {
        Random random = new Random(11);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static float[] chunked(
            DecoderBlocks blocks,
            LayerWeights weights,
            int layer,
            RotaryTables rotary,
            KeyValueCache cache,
            ActivationCounts counts,
            float[] x,
            int chunkTokens) {
        DecoderScript script = TorchRuntime.decoder();
        int hidden = blocks.config().hiddenSize();
        float[] output = new float[x.length];
        try (TorchValue packed = weights.pack()) {
            for (int from = 0; from < POSITIONS; from += chunkTokens) {
                int to = Math.min(POSITIONS, from + chunkTokens);
                float[] part = Arrays.copyOfRange(x, from * hidden, to * hidden);
                try (Chunk chunk = new Chunk(rotary, from, to, CPU);
                        TorchValue input = script.floats(part, new long[] {to - from, hidden}, CPU);
                        TorchValue y = blocks.run(layer, packed, cache, chunk, input, counts.layer(layer))) {
                    System.arraycopy(y.floats(), 0, output, from * hidden, part.length);
                }
            }
        }
        return output;
    }

    private static void checkHistograms(LayerActivations counted, PlainBlock.Result plain, ModelConfig config) {
        checkHistograms(counted.queryBefore(), plain.queryBefore(), config.headDim());
        checkHistograms(counted.keyBefore(), plain.keyBefore(), config.headDim());
        checkHistograms(counted.queryAfter(), plain.queryAfter(), config.headDim());
        checkHistograms(counted.keyAfter(), plain.keyAfter(), config.headDim());
    }

    private static void checkHistograms(List<LogHistogram> counted, float[] values, int headDim) {
        int pairs = headDim / 2;
        assertThat(counted).hasSize(pairs);
        for (int pair = 0; pair < pairs; pair++) {
            double[] magnitudes = new double[values.length / pairs];
            int filled = 0;
            for (int i = 0; i < values.length; i++) {
                if (i % pairs == pair) {
                    magnitudes[filled++] = Math.abs(values[i]);
                }
            }
            LogHistogram histogram = counted.get(pair);
            assertThat(histogram.total()).isEqualTo(magnitudes.length);
            assertThat(displaced(histogram, LogHistogram.ofMagnitudes(magnitudes)))
                    .as("counts in another bucket than the oracle's")
                    .isLessThanOrEqualTo(2 + magnitudes.length / 200);
            Arrays.sort(magnitudes);
            for (double p : new double[] {0.5, 0.9, 0.99, 0.999, 1}) {
                double exact = magnitudes[(int) Math.max(1, Math.ceil(p * magnitudes.length)) - 1];
                assertThat(histogram.quantile(p)).isCloseTo(exact, within(0.0101 * exact));
            }
        }
    }

    private static long displaced(LogHistogram a, LogHistogram b) {
        long[] more = dense(a);
        long[] fewer = dense(b);
        long moved = 0;
        for (int i = 0; i < more.length; i++) {
            moved += Math.abs(more[i] - fewer[i]);
        }
        return moved / 2;
    }

    private static long[] dense(LogHistogram histogram) {
        long[] dense = new long[LogHistogram.MAX_INDEX - LogHistogram.MIN_INDEX + 1];
        long[] counts = histogram.counts();
        System.arraycopy(counts, 0, dense, histogram.firstIndex() - LogHistogram.MIN_INDEX, counts.length);
        return dense;
    }

    @ParameterizedTest
    @CsvSource({"tiny-llama", "tiny-qwen2"})
    void traceGivesTheOutputAndWhatEntersEachLinear(String name) {
        Checkpoint checkpoint = GoldenFiles.checkpoint(name);
        ModelConfig config = checkpoint.config();
        RopeFrequencies frequencies = InverseFrequencies.of(config.geometry(), new NoScaling(), POSITIONS);
        float[] x = gaussian(POSITIONS * config.hiddenSize());
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
                DecoderBlocks blocks = new DecoderBlocks(config, QuantizationSpec.NONE, CPU);
                RotaryTables rotary = RotaryTables.of(frequencies, null, POSITIONS, CPU);
                LayerWeights weights = LayerWeights.read(checkpoint, 0, CPU);
                TorchValue input = TorchRuntime.decoder().floats(x, new long[] {POSITIONS, config.hiddenSize()}, CPU);
                BlockTrace trace = blocks.trace(0, weights, rotary, input)) {
            PlainBlock.Result plain =
                    new PlainBlock(manager, config, weights).forward(x, config.attentionWindow(0), frequencies, null);
            Numbers.assertWithin("output", 2e-4f, trace.output().floats(), plain.output());
            for (Projection projection : Projection.values()) {
                assertThat(trace.input(projection).shape())
                        .as(projection.path())
                        .containsExactly(POSITIONS, projection.inFeatures(config));
            }
            assertThat(input.floats()).as("input left as it is").containsExactly(x);
            float[] normed = trace.input(Projection.VALUE).floats();
            float[] w = weights.weight(Projection.KEY).floats();
            TorchValue bias = weights.bias(Projection.KEY);
            double key = bias == null ? 0 : bias.floats()[0];
            for (int c = 0; c < config.hiddenSize(); c++) {
                key += (double) normed[c] * w[c];
            }
            assertThat((double) plain.keyBefore()[0]).isCloseTo(key, within(1e-4));
        }
    }
}
