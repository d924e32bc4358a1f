package qroar.workers.model;

import qroar.workers.torch.TorchValue;

/** A layer's weights as long as somebody computes with them. Belongs to one thread. */
interface LayerUse extends AutoCloseable {
    /**
     * Fused and in the type that is computed with, see {@link qroar.workers.block.LayerWeights#pack}; waits until they are there. Stays owned by
     * whoever lent it.
     */
    TorchValue packed();

    /** Gives them back; idempotent. */
    @Override
    void close();
}
