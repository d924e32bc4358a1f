package qroar.workers.quantize;

import qroar.workers.block.LayerWeights;
import qroar.workers.torch.TorchValue;

/**
 * What the scale search found for one pair. Owns its tensors.
 *
 * @param losses per ratio 0, 0.05, .. 0.95
 * @param best index of the winner
 * @param magnitude mean of |input| per channel, [in]
 * @param scales of the winner, [in]
 */
record ChannelScales(ScalePair pair, double[] losses, int best, TorchValue magnitude, TorchValue scales)
        implements AutoCloseable {
    double ratio() {
        return (double) best / losses.length;
    }

    /** Divides what stands before the pair's linears by the scales, and multiplies their columns. */
    void applyTo(LayerWeights weights) {
        pair.fold(weights, scales);
    }

    @Override
    public void close() {
        magnitude.close();
        scales.close();
    }
}
