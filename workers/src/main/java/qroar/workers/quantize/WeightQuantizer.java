package qroar.workers.quantize;

import qroar.protocol.quantization.WeightQuantization;
import qroar.workers.block.LayerWeights;

/**
 * Replaces the weights of decoder layers by quantized ones, given back as float32. Called once per layer, layer 0
 * first, with the weights as stored; used for one loading and then closed. Embeddings, output head and, by the plain
 * quantizers, norms and biases are left alone.
 */
public interface WeightQuantizer extends AutoCloseable {
    /** Changes the layer in place through {@link LayerWeights#replaceWeight} and its companions. */
    void quantize(int layer, LayerWeights weights);

    @Override
    void close();

    /**
     * The quantizer of a specification that needs no calibration.
     *
     * @throws IllegalArgumentException for one that does
     */
    static WeightQuantizer uncalibrated(WeightQuantization quantization) {
        return Algorithm.of(quantization).uncalibrated(quantization);
    }
}
