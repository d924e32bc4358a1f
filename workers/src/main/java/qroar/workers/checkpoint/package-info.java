/**
 * A checkpoint as a whole: {@link qroar.workers.checkpoint.Checkpoint#open} takes a Hugging Face folder or a GGUF file, and has
 * checked every tensor that the architecture needs before anybody maps one; its digest says what it computes.
 */
@NullMarked
package qroar.workers.checkpoint;

import org.jspecify.annotations.NullMarked;
