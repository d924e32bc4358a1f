package qroar.workers.checkpoint;

import org.jspecify.annotations.Nullable;
import qroar.workers.tensors.NonFinite;

/**
 * What one reading of all weights finds.
 *
 * @param digest see {@link Checkpoint#digest()}
 * @param nonFinite null where every weight is a number
 */
public record CheckpointContent(String digest, @Nullable NonFinite nonFinite) {}
