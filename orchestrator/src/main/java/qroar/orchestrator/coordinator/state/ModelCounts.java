package qroar.orchestrator.coordinator.state;

import qroar.protocol.trial.ModelLoaded;

/**
 * Models that workers loaded for trials, over all processes of a run.
 *
 * @param loads all of them
 * @param quantizations those with a quantizer
 */
record ModelCounts(int loads, int quantizations) {
    static final ModelCounts NONE = new ModelCounts(0, 0);

    ModelCounts plus(ModelLoaded.Weights weights) {
        return new ModelCounts(loads + 1, quantizations + (weights == ModelLoaded.Weights.QUANTIZED ? 1 : 0));
    }
}
