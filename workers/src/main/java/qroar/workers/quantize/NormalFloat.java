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
 * <p>Doubly quantized ({@code double=true}; QLoRA, section 3) the peaks are rounded too: offset = their mean, widest = max |peak -
 * offset| of a run of {@value #RUN} blocks, and peak' = {@link DynamicMap entry} nearest to (peak - offset) (1 / widest), the lower of
 * two equally near ones, times widest, plus offset. Codes are chosen by the peaks as they were. The mean is taken in double and
 * rounded; bitsandbytes adds in float32, in an order that depends on the processor, and may differ from it in the last digit.
 * This is its generic code, and what its kernels of GPUs compute; that for cpus overwrites the lowest entry of the map by -1.
 * A matrix with NaN or infinity then has none but NaN and infinities afterwards.
 *
 * <p>A block of zeros stays zero (of negative sign, as in the reference). Without double quantization one with NaN or infinity has none but NaN and
 * infinities afterwards.
 */
final class NormalFloat implements WeightQuantizer {
    static final Algorithm<Nf4Quantization> ALGORITHM = Algorithm.plain(Nf4Quantization.class, NormalFloat::new);

    /** Blocks whose peaks share a range, as bitsandbytes has it. */
    private static final int RUN = 256;

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

    private final Nf4Quantization spec;

    NormalFloat(Nf4Quantization spec) {
        this.spec = spec;
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
            if (!spec.isDouble()) {
                return TorchRuntime.quantize().roundToTable(weight, table, spec.block());
            }
            float[] entries = DynamicMap.entries();
            try (TorchValue map = TorchRuntime.decoder().floats(entries, new long[] {entries.length}, device)) {
                return TorchRuntime.quantize().roundToTableTwice(weight, table, spec.block(), map, RUN);
            }
        }
    }

    @Override
    public void close() {}
}
