package qroar.workers.block;

import org.jspecify.annotations.Nullable;

/**
 * The chunk of each layer on the way of consecutive positions through all of them: the same one for layers that share scales.
 * One is there at a time, that of the layer that asked last, for each holds masks of its own. Not thread-safe.
 */
public final class LayerChunks implements AutoCloseable {
    private final DecoderBlocks blocks;
    private final LayerRotary rotary;
    private final int from;
    private final int to;
    private int group;
    private @Nullable Chunk chunk;

    LayerChunks(DecoderBlocks blocks, LayerRotary rotary, int from, int to) {
        this.blocks = blocks;
        this.rotary = rotary;
        this.from = from;
        this.to = to;
    }

    /** That of a layer; it stays this object's to close, and is closed when a layer of another group asks. */
    public Chunk of(int layer) {
        int wanted = rotary.groupOf(layer);
        Chunk known = chunk;
        if (known == null || wanted != group) {
            close();
            known = blocks.chunk(rotary.of(layer), from, to);
            chunk = known;
            group = wanted;
        }
        return known;
    }

    @Override
    public void close() {
        Chunk known = chunk;
        if (known != null) {
            chunk = null;
            known.close();
        }
    }
}
