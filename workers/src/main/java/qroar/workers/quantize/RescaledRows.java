package qroar.workers.quantize;

import qroar.protocol.band.LayerPairScales;
import qroar.protocol.band.PairScales;
import qroar.workers.block.LayerWeights;
import qroar.workers.block.LayerWeights.Norm;
import qroar.workers.config.Projection;
import qroar.workers.torch.Codes;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

/**
 * Quantizes, then multiplies the rows of W_Q and W_K by their band's scale, W_Q^(b) &lt;- s_b W_Q^(b): biases with their
 * rows, or in their stead the q and k norms where an architecture has those. The function is that of the quantized model with
 * the same scales in its rotary tables, up to float32 rounding; quantizing row groups first or last is the same, Q(s W) =
 * s Q(W). Where codes are kept, their scales take the factor, and the weight is what they then say.
 */
public final class RescaledRows implements WeightQuantizer {
    private final WeightQuantizer first;
    private final LayerPairScales scales;
    private final TorchDevice device;

    /** @param first stays the caller's to close */
    public RescaledRows(WeightQuantizer first, LayerPairScales scales, TorchDevice device) {
        this.first = first;
        this.scales = scales;
        this.device = device;
    }

    @Override
    public void quantize(int layer, LayerWeights weights) {
        first.quantize(layer, weights);
        PairScales own = scales.layer(layer);
        scale(weights, Projection.QUERY, Norm.QUERY, own.query());
        scale(weights, Projection.KEY, Norm.KEY, own.key());
    }

    private void scale(LayerWeights weights, Projection projection, Norm norm, double[] pairs) {
        TorchValue normWeight = weights.norm(norm);
        if (normWeight != null) {
            weights.replaceNorm(norm, scaled(normWeight, pairs));
            return;
        }
        Codes codes = weights.codes(projection);
        if (codes != null) {
            Codes rescaled = codes.rowsTimes(factors(weights.weight(projection).shape()[0], pairs), device);
            weights.replaceWeight(projection, rescaled.weight(), rescaled);
        } else {
            weights.replaceWeight(projection, scaled(weights.weight(projection), pairs));
        }
        TorchValue bias = weights.bias(projection);
        if (bias != null) {
            weights.replaceBias(projection, scaled(bias, pairs));
        }
    }

    private static float[] factors(long rows, double[] pairs) {
        float[] factors = new float[Math.toIntExact(rows)];
        for (int row = 0; row < factors.length; row++) {
            factors[row] = (float) pairs[row % pairs.length];
        }
        return factors;
    }

    /** Row r of a head belongs to pair r mod d/2, as checkpoints store it. */
    private TorchValue scaled(TorchValue rows, double[] pairs) {
        float[] values = rows.floats();
        long[] shape = rows.shape();
        int columns = Math.toIntExact(values.length / shape[0]);
        for (int i = 0; i < values.length; i++) {
            values[i] *= (float) pairs[i / columns % pairs.length];
        }
        return TorchRuntime.decoder().floats(values, shape, device);
    }

    @Override
    public void close() {}
}
