package qroar.workers.tensors;

import org.jspecify.annotations.Nullable;
import qroar.workers.packed.Grids;
import qroar.workers.packed.GroupCodes;

/**
 * A tensor that is no plain array of numbers: integer codes with scales, or blocks of a GGUF file. It is de-quantized exactly
 * as its format's reference does, each time it is read.
 */
public non-sealed interface PackedTensor extends WeightSource {
    /** What it is made of; null for blocks that are more than integers on grids, or are no linear's. */
    @Nullable GroupCodes codes();

    /** What {@link #codes} will be like; null where that is null. */
    @Nullable Grids grids();

    /** What its integers and grids take in memory; 0 where {@link #codes} is null. */
    long codesBytes();
}
