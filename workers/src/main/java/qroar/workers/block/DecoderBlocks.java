package qroar.workers.block;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.quantization.ActivationQuantization;
import qroar.protocol.quantization.KeyValueQuantization;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.statistics.LogHistogram;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.Projection;
import qroar.workers.torch.Arithmetic;
import qroar.workers.torch.AttentionKernel;
import qroar.workers.torch.DecoderScript;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;
import qroar.workers.torch.ValueScope;

/**
 * Runs decoder blocks of one architecture: pre-norm attention with rotary embedding and grouped heads, then the gated
 * feed-forward part, each with its residual. Quantizes the inputs of linears and the cached keys and values where the
 * specification says so. Immutable, shareable between threads.
 *
 * <p>Cached keys and values (kv-bits) are quantized per token and head: asymmetric over the smallest and largest of the
 * head's values with zero included, the rule of QuaRot's cache quantizer (Ashkboos et al. 2024, section 4) with one group per
 * head. Keys are quantized after rotation, or before it and rotated afterwards; each band of a head by itself, with its own
 * bits and clipped, where the specification says so ({@link KeyGrids}). A chunk's own keys and values are quantized as well before its queries see them, so
 * results do not depend on how a document is cut into chunks.
 */
public final class DecoderBlocks implements AutoCloseable {
    private final ValueScope scope = new ValueScope();
    private final DecoderScript script = TorchRuntime.decoder();
    private final ModelConfig config;
    private final TorchDevice device;
    private final Arithmetic arithmetic;
    private final AttentionKernel attention;
    private final TorchValue shape;
    private final TorchValue epsilon;
    private final TorchValue noCounts;
    private final TorchValue histogramLayout;

    /** Blocks in float32. */
    public DecoderBlocks(ModelConfig config, QuantizationSpec quantization, TorchDevice device) {
        this(config, quantization, device, Arithmetic.FLOAT32);
    }

    /** The same in another precision: packed layers, inputs and caches are of its type. */
    public DecoderBlocks(ModelConfig config, QuantizationSpec quantization, TorchDevice device, Arithmetic arithmetic) {
        this.arithmetic = arithmetic;
        this.config = config;
        this.device = device;
        attention = AttentionKernel.of(device, arithmetic.attentionPrecision(), config.headDim());
        ActivationQuantization activations = quantization.activations();
        KeyValueQuantization keyValues = quantization.keyValues();
        List<Long> integers = new ArrayList<>(List.of(
                (long) config.headCount(),
                (long) config.keyValueHeadCount(),
                (long) config.headDim(),
                keyValues == null ? 0L : keyValues.bits(),
                activations == null ? 0L : activations.bits(),
                activations != null && activations.range() == ActivationQuantization.Range.SYMMETRIC ? 1L : 0L,
                DecoderScript.wide(arithmetic.products()),
                (long) attention.code()));
        integers.addAll(KeyGrids.of(keyValues, config.headDim()));
        if (activations != null && activations.clip() != 0) {
            integers.addAll(KeyGrids.ofClipped(activations));
        }
        shape = scope.own(
                script.integers(integers.stream().mapToLong(Long::longValue).toArray()));
        epsilon = scope.own(script.number(config.rmsNormEpsilon()));
        noCounts = scope.own(script.list(List.of()));
        histogramLayout =
                scope.own(script.numbers(LogHistogram.INDEX_PER_LN, LogHistogram.MIN_INDEX, LogHistogram.MAX_INDEX));
    }

    public ModelConfig config() {
        return config;
    }

    public TorchDevice device() {
        return device;
    }

    /** How they compute. */
    public Arithmetic arithmetic() {
        return arithmetic;
    }

    /** What consecutive positions share on their way through these blocks. */
    public Chunk chunk(RotaryTables rotary, int from, int to) {
        return new Chunk(rotary, from, to, device, arithmetic);
    }

    /** The same for layers that need not share scales. */
    public LayerChunks chunks(LayerRotary rotary, int from, int to) {
        return new LayerChunks(this, rotary, from, to);
    }

    /** Room for keys and values of that many layers and positions. */
    public KeyValueCache cache(int layers, int positions) {
        return KeyValueCache.allocate(config, layers, positions, device, arithmetic.precision());
    }

    /** The epsilon of RMS norms, as a native scalar. */
    public TorchValue epsilon() {
        return epsilon;
    }

    /**
     * One block over one chunk.
     *
     * @param layer index, which decides the attention window
     * @param packed fused weights of the layer
     * @param x [chunk, hidden]; left as it is
     * @param counts histograms to add to, or null
     * @return the block's output, [chunk, hidden]
     */
    public TorchValue run(
            int layer, TorchValue packed, KeyValueCache cache, Chunk chunk, TorchValue x, @Nullable TorchValue counts) {
        return script.block(
                x,
                packed,
                cache.layer(layer),
                chunk.tables(),
                chunk.mask(config.attentionWindow(layer), attention),
                chunk.past(),
                shape,
                epsilon,
                counts == null ? noCounts : counts,
                histogramLayout);
    }

    /**
     * One block over a chunk that begins at position 0, backwards, from the block's input and the gradient of its
     * output. Rounding of activations and of cached keys and values is passed straight through.
     *
     * @return [gradient of the input, derivatives by ln of a factor on each pair of the rotated q, the same for k]
     */
    public TorchValue[] back(int layer, TorchValue packed, Chunk chunk, TorchValue x, TorchValue gradient) {
        return script.blockBack(
                x, packed, chunk.tables(), chunk.wholeMask(config.attentionWindow(layer)), shape, epsilon, gradient);
    }

    /**
     * One block over a whole sequence from position 0, with the inputs of its linears. This is what calibrated
     * quantizers run, with weights that need not be the model's.
     *
     * @param x [positions, hidden]
     */
    public BlockTrace trace(int layer, LayerWeights weights, RotaryTables rotary, TorchValue x) {
        int positions = Math.toIntExact(x.shape()[0]);
        try (TorchValue packed = weights.pack();
                KeyValueCache cache = cache(1, positions);
                Chunk chunk = chunk(rotary, 0, positions)) {
            return trace(layer, packed, cache, chunk, x);
        }
    }

    BlockTrace trace(int layer, TorchValue packed, KeyValueCache cache, Chunk chunk, TorchValue x) {
        return new BlockTrace(script.tracedBlock(
                x,
                packed,
                cache.layer(0),
                chunk.tables(),
                chunk.mask(config.attentionWindow(layer), attention),
                chunk.past(),
                shape,
                epsilon));
    }

    BlockInputs inputs(
            int layer,
            TorchValue packed,
            KeyValueCache cache,
            Chunk chunk,
            TorchValue x,
            Collection<Projection> projections) {
        return new BlockInputs(script.entered(
                x,
                packed,
                cache.layer(0),
                chunk.tables(),
                chunk.mask(config.attentionWindow(layer), attention),
                chunk.past(),
                shape,
                epsilon,
                BlockInputs.last(projections)));
    }

    TorchValue attentionOutput(int layer, TorchValue packed, KeyValueCache cache, Chunk chunk, TorchValue a) {
        return script.attentionOutput(
                a,
                packed,
                cache.layer(0),
                chunk.tables(),
                chunk.mask(config.attentionWindow(layer), attention),
                chunk.past(),
                shape,
                epsilon);
    }

    @Override
    public void close() {
        scope.close();
    }
}
