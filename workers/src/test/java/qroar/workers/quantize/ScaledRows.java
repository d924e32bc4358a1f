package qroar.workers.quantize;

import qroar.protocol.rope.BandScales;
import qroar.workers.block.LayerWeights;
import qroar.workers.block.LayerWeights.Norm;
import qroar.workers.checkpoint.Projection;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

/** Multiplies the rows of W_Q and W_K (biases too, or the q and k norms instead) by their band's scale, then quantizes. */
public final class ScaledRows implements WeightQuantizer {
    private final BandScales scales;
    private final WeightQuantizer then;

    public ScaledRows(BandScales scales, WeightQuantizer then) {
        this.scales = scales;
        this.then = then;
    }

    @Override
    public void quantize(int layer, LayerWeights weights) {
        scale(weights, Projection.QUERY, Norm.QUERY, scales.queryPairScales());
        scale(weights, Projection.KEY, Norm.KEY, scales.keyPairScales());
        then.quantize(layer, weights);
    }

    private static void scale(LayerWeights weights, Projection projection, Norm norm, double[] pairs) {
        TorchValue normWeight = weights.norm(norm);
        if (normWeight != null) {
            weights.replaceNorm(norm, scaled(normWeight, pairs));
            return;
        }
        weights.replaceWeight(projection, scaled(weights.weight(projection), pairs));
        TorchValue bias = weights.bias(projection);
        if (bias != null) {
            weights.replaceBias(projection, scaled(bias, pairs));
        }
    }

    /** Row r of head h belongs to pair r mod d/2, as the checkpoint stores it. */
    static TorchValue scaled(TorchValue rows, double[] pairs) {
        float[] values = rows.floats();
        long[] shape = rows.shape();
        int columns = Math.toIntExact(values.length / shape[0]);
        for (int i = 0; i < values.length; i++) {
            values[i] *= (float) pairs[i / columns % pairs.length];
        }
        return TorchRuntime.decoder().floats(values, shape, TorchDevice.CPU);
    }

    @Override
    public void close() {}
}
