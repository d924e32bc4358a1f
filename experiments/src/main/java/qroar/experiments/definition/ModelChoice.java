package qroar.experiments.definition;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import qroar.protocol.trial.Precision;

/**
 * The model of an experiment and how it is computed.
 *
 * @param directory of the checkpoint, absolute
 * @param trainedWindow overrides the checkpoint's trained window, in tokens; null to believe the checkpoint
 * @param precision of its forward passes; null for {@code auto}, which whoever knows checkpoint and devices resolves
 * @param control the same model without quantization, absolute, where the checkpoint's own quantization is studied; or null
 */
public record ModelChoice(
        Path directory,
        @Nullable Integer trainedWindow,
        @Nullable Precision precision,
        @Nullable Path control) {
    /** Without a control of its own. */
    public ModelChoice(Path directory, @Nullable Integer trainedWindow, @Nullable Precision precision) {
        this(directory, trainedWindow, precision, null);
    }
}
