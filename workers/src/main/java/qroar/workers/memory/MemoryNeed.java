package qroar.workers.memory;

import java.util.Locale;
import qroar.protocol.band.LayerGroups;
import qroar.protocol.quantization.WeightQuantization;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.Precision;
import qroar.protocol.trial.TrialSpec;
import qroar.workers.block.KeyValueCache;
import qroar.workers.block.RotaryTables;
import qroar.workers.calibration.CalibrationSize;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.config.ModelConfig;
import qroar.workers.model.OutputHead;
import qroar.workers.model.PassPlan;
import qroar.workers.placement.Placement;
import qroar.workers.quantize.CalibratedQuantizers;
import qroar.workers.tensors.PackedTensor;
import qroar.workers.tensors.WeightSource;
import qroar.workers.torch.Arithmetic;
import qroar.workers.torch.TorchDevice;

/**
 * What a trial, or a calibration, takes on a device, in bytes. An estimate from the shapes, to a few hundred MiB: the
 * libraries' own workspace is not in it.
 *
 * @param weights of the model while nobody computes; 0 where it is loaded already, or stays in its files
 * @param cache keys and values of the longest document
 * @param logits of the rows that are scored together
 * @param block what one chunk takes inside one decoder block, with the layers that are made for it, or a gradient pass
 *     over a whole document
 * @param tables rotary tables of the longest document, for each group of layers that has scales of its own
 */
public record MemoryNeed(long weights, long cache, long logits, long block, long tables) {
    /** Residual stream, its norm, q, k, v, attention's output, and gate, up and down of a feed-forward. */
    private static final int HIDDEN_COPIES = 6;

    private static final int INTERMEDIATE_COPIES = 3;

    /** For a model that is not loaded yet. */
    public static MemoryNeed of(Checkpoint checkpoint, TrialSpec spec, TorchDevice device) {
        return of(checkpoint, spec.plan(), spec.probe(), Arithmetic.of(spec.precision(), device), device)
                .withGroups(spec.scales().partition().layers());
    }

    /** For a model that is not loaded yet. */
    public static MemoryNeed of(
            Checkpoint checkpoint,
            EvaluationPlan plan,
            TrialSpec.Probe probe,
            Arithmetic arithmetic,
            TorchDevice device) {
        int positions = 0;
        for (int document = 0; document < plan.documents().size(); document++) {
            positions = Math.max(positions, plan.positions(document));
        }
        return of(checkpoint, positions, probe, arithmetic, device);
    }

    /** The same in float32 on a processor. */
    public static MemoryNeed of(Checkpoint checkpoint, int positions, TrialSpec.Probe probe) {
        return of(checkpoint, positions, probe, Arithmetic.FLOAT32, TorchDevice.CPU);
    }

    /**
     * For passes over documents of so many positions, in the order of documents and with weights that rest widened.
     *
     * @param positions of the longest document
     */
    public static MemoryNeed of(
            Checkpoint checkpoint, int positions, TrialSpec.Probe probe, Arithmetic arithmetic, TorchDevice device) {
        return of(checkpoint, positions, probe, arithmetic, device, PassPlan.DEFAULT_CHUNK_TOKENS);
    }

    /** The same in chunks of another size. */
    static MemoryNeed of(
            Checkpoint checkpoint,
            int positions,
            TrialSpec.Probe probe,
            Arithmetic arithmetic,
            TorchDevice device,
            int chunkTokens) {
        ModelConfig config = checkpoint.config();
        boolean whole = probe == TrialSpec.Probe.LOSSES_AND_GRADIENT;
        long chunk = whole ? positions : Math.min(positions, chunkTokens);
        long perToken =
                (long) HIDDEN_COPIES * config.hiddenSize() + (long) INTERMEDIATE_COPIES * config.intermediateSize();
        Precision precision = arithmetic.precision();
        long block = precision.bytes() * chunk * perToken + widening(checkpoint, chunk, arithmetic);
        if (whole) {
            long group = config.headCount() / config.keyValueHeadCount();
            block += Float.BYTES
                    * ((long) positions * positions * group
                            + (long) config.layerCount() * positions * config.hiddenSize());
        }
        return new MemoryNeed(
                precision.bytes() * checkpoint.parameterCount(),
                KeyValueCache.bytes(config, config.layerCount(), positions, precision),
                OutputHead.logitsBytes(config, arithmetic, device, probe, chunk)
                        + (arithmetic.products() == Arithmetic.Products.WIDENED ? headBytes(checkpoint) : 0),
                block,
                RotaryTables.bytes(config, positions));
    }

    /**
     * What is float32 in a 16-bit precision: the norm's input and output, q and k while they are rotated and while a layer
     * is read; and with widened products the operands and the result of the largest one.
     */
    private static long widening(Checkpoint checkpoint, long chunk, Arithmetic arithmetic) {
        if (arithmetic.precision() == Precision.FLOAT32) {
            return 0;
        }
        ModelConfig config = checkpoint.config();
        long perToken = 2L * config.hiddenSize();
        long weights = 0;
        if (arithmetic.products() == Arithmetic.Products.WIDENED) {
            perToken += config.hiddenSize() + 2L * config.intermediateSize();
            weights = 2L * config.hiddenSize() * config.intermediateSize();
        }
        return Float.BYTES * (chunk * perToken + weights);
    }

    /**
     * What writing a quantized model, or calibrating one, takes: a layer as it is, as it is computed with and on its way, and
     * what the quantizer works with. Hidden states of calibration lie in files.
     *
     * @param size of the calibration; none for a quantizer that needs none
     */
    public static MemoryNeed ofQuantizing(
            Checkpoint checkpoint, WeightQuantization quantization, CalibrationSize size) {
        return new MemoryNeed(
                3 * layerBytes(checkpoint),
                0,
                0,
                CalibratedQuantizers.workBytes(quantization, checkpoint.config(), size),
                0);
    }

    private static long layerBytes(Checkpoint checkpoint) {
        long head = headBytes(checkpoint);
        long ends = checkpoint.config().tiedEmbeddings() ? head : 2 * head;
        return (Float.BYTES * checkpoint.parameterCount() - ends)
                / checkpoint.config().layerCount();
    }

    private static long headBytes(Checkpoint checkpoint) {
        return headBytes(checkpoint, Precision.FLOAT32);
    }

    private static long headBytes(Checkpoint checkpoint, Precision precision) {
        return precision.bytes() * checkpoint.outputHead().elements();
    }

    /**
     * The same with weights that rest elsewhere. What stays in memory counts as weights; what every pass makes of them, as
     * block: the layer it computes with and the next one, which is there twice while it is put together, or the head.
     */
    public MemoryNeed resting(Checkpoint checkpoint, Placement placement) {
        return resting(checkpoint, placement, Precision.FLOAT32);
    }

    /**
     * The same in another precision: a layer that is made is read in float32, and its tensors go as they are rounded; one
     * stays whole in the type meanwhile.
     */
    public MemoryNeed resting(Checkpoint checkpoint, Placement placement, Precision precision) {
        long layer = layerBytes(checkpoint);
        long made = Math.max(precision == Precision.FLOAT32 ? 3 * layer : 2 * layer, headBytes(checkpoint, precision));
        if (precision != Precision.FLOAT32 && placement == Placement.STORED) {
            // Layers rest as they are computed with, and nothing is made of them.
            return new MemoryNeed(weights + headBytes(checkpoint, precision), cache, logits, block, tables);
        }
        return switch (placement) {
            case WIDENED -> this;
            case STORED ->
                new MemoryNeed(
                        checkpoint.tensors().stream()
                                .mapToLong(MemoryNeed::residentBytes)
                                .sum(),
                        cache,
                        logits,
                        block + made,
                        tables);
            case MAPPED -> new MemoryNeed(0, cache, logits, block + made, tables);
        };
    }

    /** Integers on grids stay what they are; blocks of GGUF files are unpacked when they are read. */
    private static long residentBytes(WeightSource tensor) {
        if (tensor instanceof PackedTensor packed) {
            long codes = packed.codesBytes();
            return codes == 0 ? Float.BYTES * tensor.elements() : codes;
        }
        return tensor.storedBytes();
    }

    /** The same, of what all layers share, where groups of them have scales of their own: each has tables. */
    public MemoryNeed withGroups(LayerGroups groups) {
        return new MemoryNeed(weights, cache, logits, block, tables * groups.count());
    }

    /**
     * The same in layer order: keys and values of one layer, and of each document tables of one group; and the hidden states of all documents that go together, and
     * once more those of one chunk, which takes the place of the chunk before.
     *
     * @param positions of the longest document
     * @param together tokens of all that pass the layers together
     */
    public MemoryNeed inLayerOrder(ModelConfig config, int positions, long together, Precision precision) {
        long chunk = Math.min(positions, PassPlan.GPU_CHUNK_TOKENS);
        long states = precision.bytes() * (together + chunk) * config.hiddenSize();
        return new MemoryNeed(
                weights, cache / config.layerCount() + states, logits, block, RotaryTables.bytes(config, (int)
                        Math.max(positions, together)));
    }

    /** The same for a model that is there. */
    public MemoryNeed withLoadedModel() {
        return new MemoryNeed(0, cache, logits, block, tables);
    }

    public long total() {
        return weights + cache + logits + block + tables;
    }

    /** What so many passes over one model take together. */
    long total(int passes) {
        return weights + passes * (cache + logits + block + tables);
    }

    @Override
    public String toString() {
        return gibibytes(total()) + " (" + (weights == 0 ? "" : "weights " + gibibytes(weights) + ", ")
                + "keys and values " + gibibytes(cache) + ", logits " + gibibytes(logits) + ", block "
                + gibibytes(block) + (tables == 0 ? "" : ", rotary tables " + gibibytes(tables)) + ")";
    }

    /** For people. */
    public static String gibibytes(long bytes) {
        return bytes < 1L << 30
                ? String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1L << 20))
                : String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30));
    }
}
