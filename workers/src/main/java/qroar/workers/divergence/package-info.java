/**
 * How far a model's next-token distributions lie from a reference's. Hidden states are kept, not logits (4 bytes a
 * dimension and token instead of 4 a word of the vocabulary), so that long documents are possible; both heads are put to
 * them chunk by chunk.
 */
@NullMarked
package qroar.workers.divergence;

import org.jspecify.annotations.NullMarked;
