package qroar.workers.checkpoint;

import java.util.ArrayList;
import java.util.List;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.Projection;
import qroar.workers.config.TensorNames;

/** A tensor that the forward pass reads, and without which the model is not complete. */
record ExpectedTensor(String name, long[] shape) {
    /** Every tensor of the decoder layers and the final norm; embedding and head are {@link Checkpoint}'s choice. */
    static List<ExpectedTensor> of(ModelConfig config) {
        List<ExpectedTensor> expected = new ArrayList<>();
        long[] hidden = {config.hiddenSize()};
        for (int layer = 0; layer < config.layerCount(); layer++) {
            expected.add(required(TensorNames.inputNorm(layer), hidden));
            expected.add(required(TensorNames.postAttentionNorm(layer), hidden));
            if (config.normalisesQueryAndKey()) {
                expected.add(required(TensorNames.queryNorm(layer), config.headDim()));
                expected.add(required(TensorNames.keyNorm(layer), config.headDim()));
            }
            for (Projection projection : Projection.values()) {
                int out = projection.outFeatures(config);
                expected.add(required(projection.weight(layer), out, projection.inFeatures(config)));
                if (projection.biasPromised(config)) {
                    expected.add(required(projection.bias(layer), out));
                }
            }
        }
        expected.add(required(TensorNames.FINAL_NORM, hidden));
        return expected;
    }

    /** Biases that the config does not promise: transformers and vLLM leave them out when they are stored all the same. */
    static List<String> unpromisedBiases(ModelConfig config) {
        List<String> biases = new ArrayList<>();
        for (int layer = 0; layer < config.layerCount(); layer++) {
            for (Projection projection : Projection.values()) {
                if (!projection.biasPromised(config)) {
                    biases.add(projection.bias(layer));
                }
            }
        }
        return biases;
    }

    private static ExpectedTensor required(String name, long... shape) {
        return new ExpectedTensor(name, shape);
    }
}
