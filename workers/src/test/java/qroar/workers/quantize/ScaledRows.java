package qroar.workers.quantize;

import qroar.protocol.band.BandScales;
import qroar.protocol.band.LayerPairScales;
import qroar.protocol.quantization.NoQuantization;
import qroar.workers.block.LayerWeights;
import qroar.workers.torch.TorchDevice;

/**
 * Multiplies the rows of W_Q and W_K by their band's scale and then quantizes: the order in which the method is written
 * down, and not the one of export ({@link RescaledRows}). What both are compared with, golden vectors and scales in rotary
 * tables, has another way to the same numbers.
 */
public final class ScaledRows implements WeightQuantizer {
    private final RescaledRows rows;
    private final WeightQuantizer then;

    /** @param then stays the caller's to close */
    public ScaledRows(BandScales scales, WeightQuantizer then) {
        WeightQuantizer none = WeightQuantizer.uncalibrated(new NoQuantization());
        this.rows = new RescaledRows(none, LayerPairScales.of(scales), TorchDevice.CPU);
        this.then = then;
    }

    @Override
    public void quantize(int layer, LayerWeights weights) {
        rows.quantize(layer, weights);
        then.quantize(layer, weights);
    }

    @Override
    public void close() {}
}
