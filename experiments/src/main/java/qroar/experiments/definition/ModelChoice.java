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
 */
public record ModelChoice(
        Path directory, @Nullable Integer trainedWindow, @Nullable Precision precision) {}
