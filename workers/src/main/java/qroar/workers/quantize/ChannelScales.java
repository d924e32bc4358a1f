package qroar.workers.quantize;

import qroar.workers.block.LayerWeights;
import qroar.workers.config.Projection;
import qroar.workers.torch.TorchRuntime;
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
        switch (pair) {
            case INPUT_NORM -> divideNorm(weights, LayerWeights.Norm.INPUT);
            case POST_ATTENTION_NORM -> divideNorm(weights, LayerWeights.Norm.POST_ATTENTION);
            case VALUE_TO_OUTPUT -> divideRows(weights, Projection.VALUE);
            case UP_TO_DOWN -> divideRows(weights, Projection.UP);
        }
        for (Projection target : pair.targets()) {
            weights.replaceWeight(target, TorchRuntime.quantize().columnsTimes(weights.weight(target), scales));
        }
    }

    private void divideNorm(LayerWeights weights, LayerWeights.Norm norm) {
        TorchValue weight = weights.norm(norm);
        if (weight == null) {
            throw new IllegalStateException("no " + norm + " norm");
        }
        weights.replaceNorm(norm, TorchRuntime.quantize().over(weight, scales));
    }

    private void divideRows(LayerWeights weights, Projection projection) {
        weights.replaceWeight(projection, TorchRuntime.quantize().rowsOver(weights.weight(projection), scales));
        TorchValue bias = weights.bias(projection);
        if (bias != null) {
            weights.replaceBias(projection, TorchRuntime.quantize().over(bias, scales));
        }
    }

    @Override
    public void close() {
        magnitude.close();
        scales.close();
    }
}
