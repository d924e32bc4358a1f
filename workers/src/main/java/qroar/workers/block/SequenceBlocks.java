package qroar.workers.block;

import java.util.Collection;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.rope.InverseFrequencies;
import qroar.protocol.rope.RopeScaling;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.Projection;
import qroar.workers.torch.DecoderScript;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;
import qroar.workers.torch.ValueScope;

/**
 * Runs single blocks over whole sequences of one length, each from position 0, in full precision and with weights that
 * need not be the model's: what calibration of a quantizer consists of. Tables, mask and room for keys and values are
 * shared by all sequences and layers. Not thread-safe.
 */
public final class SequenceBlocks implements AutoCloseable {
    private final ValueScope scope = new ValueScope();
    private final DecoderScript script = TorchRuntime.decoder();
    private final DecoderBlocks blocks;
    private final KeyValueCache cache;
    private final Chunk chunk;

    /**
     * @param rope scaling of the positions
     * @param length positions of every sequence, at least 1
     */
    public SequenceBlocks(ModelConfig config, RopeScaling rope, int length, TorchDevice device) {
        try {
            blocks = scope.own(new DecoderBlocks(config, QuantizationSpec.NONE, device));
            RotaryTables rotary = scope.own(
                    RotaryTables.of(InverseFrequencies.of(config.geometry(), rope, length), null, length, device));
            cache = scope.own(KeyValueCache.allocate(config, 1, length, device));
            chunk = scope.own(new Chunk(rotary, 0, length, device));
        } catch (RuntimeException | Error e) {
            scope.close();
            throw e;
        }
    }

    /**
     * One block with the inputs of its linears.
     *
     * @param packed from {@link LayerWeights#pack}
     * @param x [length, hidden]
     */
    public BlockTrace trace(int layer, TorchValue packed, TorchValue x) {
        return blocks.trace(layer, packed, cache, chunk, x);
    }

    /**
     * What enters linears of one block. Nothing is computed behind the last of them: its products are most of a block.
     *
     * @param packed from {@link LayerWeights#pack}
     * @param x [length, hidden]
     */
    public BlockInputs inputs(int layer, TorchValue packed, TorchValue x, Collection<Projection> projections) {
        return blocks.inputs(layer, packed, cache, chunk, x, projections);
    }

    /**
     * What enters o, [length, heads * headDim].
     *
     * @param packed the layer, see {@link #withQueryKeyValue}
     * @param a what enters q, k and v, [length, hidden]
     */
    public TorchValue attentionOutput(int layer, TorchValue packed, TorchValue a) {
        return blocks.attentionOutput(layer, packed, cache, chunk, a);
    }

    /** A packed layer with other weights of q, k and v. */
    public TorchValue withQueryKeyValue(TorchValue packed, TorchValue q, TorchValue k, TorchValue v) {
        return script.withQueryKeyValue(packed, q, k, v, blocks.config().headDim());
    }

    @Override
    public void close() {
        scope.close();
    }
}
