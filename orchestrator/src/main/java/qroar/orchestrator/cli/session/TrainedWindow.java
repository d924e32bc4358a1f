package qroar.orchestrator.cli.session;

import org.jspecify.annotations.Nullable;
import qroar.protocol.rope.Llama3Scaling;
import qroar.protocol.rope.LongRopeScaling;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.YarnScaling;
import qroar.workers.checkpoint.ModelConfig;

/** The context a checkpoint was trained on before any interpolation, as far as its configuration tells. */
public final class TrainedWindow {
    private TrainedWindow() {}

    /** In tokens: the original window that the checkpoint's scaling names, else {@code max_position_embeddings}. */
    public static int of(ModelConfig config) {
        Integer named = originalWindow(config.ropeScaling());
        if (named != null) {
            return named;
        }
        Integer topLevel = config.geometry().originalMaxPositions();
        return topLevel != null ? topLevel : config.geometry().maxPositions();
    }

    private static @Nullable Integer originalWindow(RopeScaling scaling) {
        if (scaling instanceof YarnScaling yarn) {
            return yarn.originalMaxPositions();
        }
        if (scaling instanceof Llama3Scaling llama3) {
            return llama3.originalMaxPositions();
        }
        return scaling instanceof LongRopeScaling longRope ? longRope.originalMaxPositions() : null;
    }
}
