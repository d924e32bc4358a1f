package qroar.workers.quantize;

import qroar.protocol.quantization.Nf4Quantization;
import qroar.workers.block.LayerWeights;
import qroar.workers.config.Projection;
import qroar.workers.torch.QuantizeScript.CodedWeight;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

/**
 * NormalFloat of 4 bits (Dettmers et al. 2023, QLoRA, section 3 and appendix E, as bitsandbytes' own code has it), in float32
 * and in this order: peak = max |w| of a block; x = clamp(w (1 / peak), -1, 1); the entry of the table nearest to x, the lower
 * of two equally near ones; w' = entry peak. A block is a run of weights of the flattened matrix, and the last one is shorter.
 *
 * <p>A block of zeros stays zero (of negative sign, as in the reference). One with NaN or infinity has none but NaN and
 * infinities afterwards.
 */
final class NormalFloat implements WeightQuantizer {
    static final Algorithm<Nf4Quantization> ALGORITHM =
            Algorithm.plain(Nf4Quantization.class, nf4 -> new NormalFloat(nf4.block()));

    /** bitsandbytes 0.49.0, backends/utils.py, to the bit. */
    private static final float[] TABLE = {
        -1,
        -0.6961928009986877f,
        -0.5250730514526367f,
        -0.39491748809814453f,
        -0.28444138169288635f,
        -0.18477343022823334f,
        -0.09105003625154495f,
        0,
        0.07958029955625534f,
        0.16093020141124725f,
        0.24611230194568634f,
        0.33791524171829224f,
        0.44070982933044434f,
        0.5626170039176941f,
        0.7229568362236023f,
        1
    };

    private final int block;

    NormalFloat(int block) {
        this.block = block;
    }

    /** A copy. */
    static float[] table() {
        return TABLE.clone();
    }

    @Override
    public void quantize(int layer, LayerWeights weights) {
        for (Projection projection : Projection.values()) {
            CodedWeight coded = coded(weights.weight(projection), weights.device());
            weights.replaceWeight(projection, coded.weight(), coded.codes());
        }
    }

    /** The quantized form of one matrix; the argument is left as it is. */
    CodedWeight coded(TorchValue weight, TorchDevice device) {
        try (TorchValue table = TorchRuntime.decoder().floats(TABLE, new long[] {TABLE.length}, device)) {
            return TorchRuntime.quantize().roundToTable(weight, table, block);
        }
    }

    @Override
    public void close() {}
}
