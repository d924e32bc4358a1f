package qroar.workers.quantize;

import qroar.protocol.quantization.NoQuantization;
import qroar.workers.block.LayerWeights;

/** Weights as stored. */
final class KeepWeights implements WeightQuantizer {
    static final Algorithm<NoQuantization> ALGORITHM = Algorithm.plain(NoQuantization.class, none -> new KeepWeights());

    @Override
    public void quantize(int layer, LayerWeights weights) {}

    @Override
    public void close() {}
}
