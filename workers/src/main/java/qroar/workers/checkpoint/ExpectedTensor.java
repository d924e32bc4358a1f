package qroar.workers.checkpoint;

import java.util.ArrayList;
import java.util.List;

/**
 * A tensor that the forward pass reads.
 *
 * @param presence whether the model is complete without it
 */
record ExpectedTensor(String name, long[] shape, Presence presence) {
    enum Presence {
        REQUIRED,
        /** Used when it is there: biases that the config does not promise. */
        OPTIONAL
    }

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
                Presence bias = projection.biasPromised(config) ? Presence.REQUIRED : Presence.OPTIONAL;
                expected.add(new ExpectedTensor(projection.bias(layer), new long[] {out}, bias));
            }
        }
        expected.add(required(TensorNames.FINAL_NORM, hidden));
        return expected;
    }

    private static ExpectedTensor required(String name, long... shape) {
        return new ExpectedTensor(name, shape, Presence.REQUIRED);
    }
}
