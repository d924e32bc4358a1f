/**
 * Needles in a haystack as a model meets them: {@link qroar.workers.needle.NeedlePrompts} fills a drawn question up with
 * haystack to a length in the model's own tokens, {@link qroar.workers.needle.NeedleScorer} reads it once and scores the
 * answer: its losses, whether every token of it was the likeliest, and what the model says by itself.
 * {@link qroar.workers.needle.NeedleFigures} are the means of a cell of depth and length.
 */
@NullMarked
package qroar.workers.needle;

import org.jspecify.annotations.NullMarked;
