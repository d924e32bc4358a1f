package qroar.workers.quantize;

import qroar.protocol.BadInput;
import qroar.protocol.quantization.RtnQuantization;
import qroar.workers.block.LayerWeights;
import qroar.workers.config.Projection;
import qroar.workers.torch.QuantizeScript.CodedWeight;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

/**
 * Asymmetric round to nearest over groups of consecutive input columns (the pseudo-quantizer of AWQ's code, Lin et al.
 * 2023), in float32 and in this order: scale = max(max - min, 1e-5) / (2^b - 1); zero = clamp(-round(min / scale), 0,
 * 2^b - 1); q = clamp(round(w / scale) + zero, 0, 2^b - 1); w' = (q - zero) scale. Rounds half to even.
 *
 * <p>The range is not extended to contain 0: a group of one sign saturates, as in the reference. A group with NaN or
 * infinity becomes NaN.
 */
public final class RoundToNearest implements WeightQuantizer {
    static final Algorithm<RtnQuantization> ALGORITHM =
            Algorithm.plain(RtnQuantization.class, rtn -> new RoundToNearest(rtn.bits(), rtn.group()));

    private final int bits;
    private final int group;

    /**
     * @param bits 2 to 8
     * @param group columns of a group; the last group of a row has what is left over; 0 for the whole row
     */
    public RoundToNearest(int bits, int group) {
        if (bits < 2 || bits > 8) {
            throw new BadInput("rtn: bits=" + bits + " must lie between 2 and 8");
        }
        if (group < 0) {
            throw new BadInput("rtn: group=" + group + " must not be negative; 0 means the whole row");
        }
        this.bits = bits;
        this.group = group;
    }

    @Override
    public void quantize(int layer, LayerWeights weights) {
        for (Projection projection : Projection.values()) {
            TorchValue weight = weights.weight(projection);
            if (weights.keepsCodes()) {
                CodedWeight coded = TorchRuntime.quantize().roundToCodes(weight, bits, columnsOfGroup(weight));
                weights.replaceWeight(projection, coded.weight(), coded.codes());
            } else {
                weights.replaceWeight(projection, quantized(weight));
            }
        }
    }

    /** The quantized form of one matrix; the argument is left as it is. */
    public TorchValue quantized(TorchValue weight) {
        return TorchRuntime.quantize().roundToNearest(weight, bits, columnsOfGroup(weight));
    }

    private int columnsOfGroup(TorchValue weight) {
        return group == 0 ? Math.toIntExact(weight.shape()[1]) : group;
    }

    @Override
    public void close() {}
}
