package qroar.workers.proof;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.rope.InverseFrequencies;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.trial.Precision;
import qroar.workers.block.Chunk;
import qroar.workers.block.DecoderBlocks;
import qroar.workers.block.KeyValueCache;
import qroar.workers.block.RotaryTables;
import qroar.workers.config.AttentionShape;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.Vocabulary;
import qroar.workers.torch.Arithmetic;
import qroar.workers.torch.DecoderScript;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

/**
 * How fast a device runs a decoder block, beside its own matrix products.
 *
 * @param shape of the block
 * @param precision in which it ran
 * @param chunkTokens that went through together
 * @param matrixRate floating-point operations a second of a square product in that precision
 * @param rows one per length
 */
public record DeviceSpeed(Shape shape, Precision precision, int chunkTokens, double matrixRate, List<Row> rows) {
    private static final double PATIENCE_SECONDS = 0.5;
    private static final int MOST_RUNS = 7;

    public DeviceSpeed {
        rows = List.copyOf(rows);
    }

    /**
     * Sizes of a decoder block.
     *
     * @param name for people
     * @param layers of the model that has such blocks
     */
    public record Shape(String name, int hidden, int heads, int keyValueHeads, int intermediate, int layers) {
        /** LLaMA-2-7B. */
        public static final Shape LLAMA_2_7B = new Shape("LLaMA-2-7B", 4096, 32, 32, 11008, 32);
        /** A sixteenth of its operations, for processors. */
        public static final Shape QUARTER = new Shape("a quarter of LLaMA-2-7B's width", 1024, 8, 8, 2752, 32);

        int headDim() {
            return hidden / heads;
        }

        /** Multiplications and additions of one token, with so many keys in view on average. */
        double operations(double keys) {
            double kv = (double) keyValueHeads * headDim();
            return 2 * (2.0 * hidden * hidden + 2 * hidden * kv + 3.0 * hidden * intermediate) + 4 * keys * hidden;
        }

        /** The same for all layers of the model. */
        public double operationsOfModel(double keys) {
            return layers * operations(keys);
        }
    }

    /**
     * One length.
     *
     * @param tokens of the document
     * @param tokensPerSecond of all layers of the model, without its embedding and head
     * @param share of the matrix rate
     */
    public record Row(int tokens, double tokensPerSecond, double share) {}

    /**
     * Times the first and the last chunk of each length: what a chunk costs grows evenly with its distance from the start.
     *
     * @param lengths in tokens, each at least {@code chunkTokens}
     */
    public static DeviceSpeed measure(
            TorchDevice device, Precision precision, Shape shape, int chunkTokens, int... lengths) {
        DecoderScript script = TorchRuntime.decoder();
        double matrixRate = matrixRate(device, precision, Math.max(shape.hidden(), 2 * chunkTokens));
        int positions = Arrays.stream(lengths).max().orElseThrow();
        ModelConfig config = config(shape, positions);
        Arithmetic arithmetic = Arithmetic.of(precision, device);
        List<Row> rows = new ArrayList<>();
        try (DecoderBlocks blocks = new DecoderBlocks(config, QuantizationSpec.NONE, device, arithmetic);
                RotaryTables rotary = RotaryTables.of(
                        InverseFrequencies.of(config.geometry(), new NoScaling(), positions), null, positions, device);
                KeyValueCache cache = blocks.cache(1, positions);
                TorchValue layer = script.madeLayer(
                        device,
                        precision,
                        shape.hidden(),
                        shape.heads(),
                        shape.keyValueHeads(),
                        shape.headDim(),
                        shape.intermediate());
                TorchValue x = script.made(device, precision, chunkTokens, shape.hidden())) {
            cache.clear();
            double first = seconds(blocks, rotary, cache, layer, x, 0, chunkTokens);
            for (int length : lengths) {
                double last = seconds(blocks, rotary, cache, layer, x, length - chunkTokens, length);
                double mean = (first + last) / 2;
                double rate = chunkTokens * shape.operations(length / 2.0) / mean;
                rows.add(new Row(length, chunkTokens / mean / shape.layers(), rate / matrixRate));
            }
        }
        return new DeviceSpeed(shape, precision, chunkTokens, matrixRate, rows);
    }

    private static double seconds(
            DecoderBlocks blocks,
            RotaryTables rotary,
            KeyValueCache cache,
            TorchValue layer,
            TorchValue x,
            int from,
            int to) {
        DecoderScript script = TorchRuntime.decoder();
        try (Chunk chunk = blocks.chunk(rotary, from, to)) {
            return median(() -> {
                try (TorchValue y = blocks.run(0, layer, cache, chunk, x, null)) {
                    script.await(y);
                }
            });
        }
    }

    /**
     * Measures for half a second or so.
     *
     * @param size of the square matrices
     * @return floating-point operations a second of their product
     */
    public static double matrixRate(TorchDevice device, Precision precision, int size) {
        DecoderScript script = TorchRuntime.decoder();
        try (TorchValue a = script.made(device, precision, size, size);
                TorchValue b = script.made(device, precision, size, size)) {
            double seconds = median(() -> {
                try (TorchValue product = script.product(a, b)) {
                    script.await(product);
                }
            });
            return 2.0 * size * size * size / seconds;
        }
    }

    /** Seconds of a call after one that is not counted. */
    private static double median(Runnable call) {
        call.run();
        List<Double> seconds = new ArrayList<>();
        double total = 0;
        while (seconds.isEmpty() || total < PATIENCE_SECONDS && seconds.size() < MOST_RUNS) {
            long before = System.nanoTime();
            call.run();
            double each = (System.nanoTime() - before) / 1e9;
            seconds.add(each);
            total += each;
        }
        Collections.sort(seconds);
        return seconds.get(seconds.size() / 2);
    }

    private static ModelConfig config(Shape shape, int positions) {
        return ModelShape.llama(
                shape.hidden(),
                1,
                new AttentionShape(shape.heads(), shape.keyValueHeads(), List.of(AttentionShape.UNLIMITED), false),
                shape.intermediate(),
                Vocabulary.withoutSpecialTokens(1, true),
                new RopeGeometry(shape.headDim(), 10_000, positions, null));
    }
}
