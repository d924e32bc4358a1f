package qroar.workers.model;

import java.util.Collection;
import qroar.protocol.trial.Precision;
import qroar.workers.block.LayerWeights;
import qroar.workers.tensors.Dtype;
import qroar.workers.torch.DecoderScript;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

/**
 * One layer in as few bytes as hold it exactly: the integers and grids that a quantizer made it of, or its tensors in the
 * narrowest of some types that widening gives back to the bit.
 */
interface RestingLayer extends AutoCloseable {
    /** The fused form in the model's precision; belongs to the caller. */
    TorchValue wide();

    long bytes();

    @Override
    void close();

    /**
     * @param weights stay the caller's to close, and are of no other use any more
     * @param narrow types to try for float32 where the layer is not quantized, or not as integers on grids
     * @param precision that is computed with
     */
    static RestingLayer of(LayerWeights weights, Collection<Dtype> narrow, Precision precision) {
        if (weights.isCoded()) {
            return new Coded(weights.resting(), precision);
        }
        if (precision != Precision.FLOAT32) {
            return new Narrowed(weights.packAway(precision), precision);
        }
        DecoderScript script = TorchRuntime.decoder();
        TorchValue narrowest = weights.pack();
        for (Dtype type : narrow) {
            try (TorchValue wider = narrowest) {
                narrowest = script.narrowed(wider, type);
            }
        }
        return new Narrowed(narrowest, precision);
    }

    /** All linears as integers. */
    record Coded(LayerWeights weights, Precision precision) implements RestingLayer {
        @Override
        public TorchValue wide() {
            return weights.pack(precision);
        }

        @Override
        public long bytes() {
            return weights.bytes();
        }

        @Override
        public void close() {
            weights.close();
        }
    }

    /** The fused form in types of its own. */
    record Narrowed(TorchValue packed, Precision precision) implements RestingLayer {
        @Override
        public TorchValue wide() {
            return TorchRuntime.decoder().typed(packed, precision);
        }

        @Override
        public long bytes() {
            return TorchRuntime.decoder().bytes(packed);
        }

        @Override
        public void close() {
            packed.close();
        }
    }
}
