package qroar.workers.quantize;

import qroar.workers.block.LayerWeights;

/** Weights as stored. */
final class KeepWeights implements WeightQuantizer {
    @Override
    public void quantize(int layer, LayerWeights weights) {}

    @Override
    public void close() {}
}
