/**
 * A checkpoint as a whole: {@link qroar.workers.checkpoint.Checkpoint#open} takes a Hugging Face folder ({@code
 * FolderCheckpoint}) or a GGUF file ({@code GgufCheckpoint}), or the outline of one that nobody has, and has
 * checked every tensor that the architecture needs before anybody maps one; its digest says what it computes.
 */
@NullMarked
package qroar.workers.checkpoint;

import org.jspecify.annotations.NullMarked;
