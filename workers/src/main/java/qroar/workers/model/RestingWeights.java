package qroar.workers.model;

import qroar.workers.lending.LayerUse;
import qroar.workers.torch.TorchValue;

/** The weights of a loaded model, wherever they rest between two uses. Thread-safe. */
interface RestingWeights extends AutoCloseable {
    /** [vocabulary, hidden], of any type and on any device. */
    TorchValue embedding();

    /** One decoder layer; made by the calling thread where it has to be. */
    LayerUse<TorchValue> layer(int layer);

    /** The output head, [vocabulary, hidden], in the type that is computed with. */
    LayerUse<TorchValue> head();

    /**
     * A layer that is wanted soon, made in the background where it has to be. The index behind the last layer's means the
     * head.
     */
    LayerUse<TorchValue> ahead(int layer);

    /** Returns when what was given back is free: the memory of a pass that ended is another's. */
    default void settle() {}

    /** What stays in memory while nobody computes; a tied head counts as often as it is named. */
    long residentBytes();

    @Override
    void close();
}
