package qroar.workers.lending;

/**
 * A layer's weights as long as somebody computes with them. Belongs to one thread.
 *
 * @param <L> what a layer is
 */
public interface LayerUse<L> extends AutoCloseable {
    /**
     * Fused and in the type that is computed with, see {@link qroar.workers.block.LayerWeights#pack}; waits until they are there. Stays owned by
     * whoever lent it: no reference to them, nor to a part, is kept beyond {@link #close}.
     */
    L packed();

    /** Gives them back; idempotent. What was queued with them may still be computing on a device. */
    @Override
    void close();
}
