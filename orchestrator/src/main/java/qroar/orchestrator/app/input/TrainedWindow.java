package qroar.orchestrator.app.input;

import qroar.workers.config.ModelConfig;

/** The context a checkpoint was trained on before any interpolation, as far as its configuration tells. */
public final class TrainedWindow {
    private TrainedWindow() {}

    /** In tokens: the original window that the checkpoint's scaling names, else {@code max_position_embeddings}. */
    public static int of(ModelConfig config) {
        Integer named = config.ropeScaling().originalWindow();
        if (named != null) {
            return named;
        }
        Integer topLevel = config.geometry().originalMaxPositions();
        return topLevel != null ? topLevel : config.geometry().maxPositions();
    }
}
