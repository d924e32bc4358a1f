package qroar.workers.quantize;

import qroar.protocol.quantization.NoQuantization;
import qroar.protocol.quantization.StoredQuantization;
import qroar.workers.block.LayerWeights;

/** Weights as stored. */
final class KeepWeights implements WeightQuantizer {
    static final Algorithm<NoQuantization> ALGORITHM = Algorithm.plain(NoQuantization.class, none -> new KeepWeights());

    /** They are quantized in the files already. */
    static final Algorithm<StoredQuantization> AS_STORED =
            Algorithm.plain(StoredQuantization.class, stored -> new KeepWeights());

    @Override
    public void quantize(int layer, LayerWeights weights) {}

    @Override
    public void close() {}
}
