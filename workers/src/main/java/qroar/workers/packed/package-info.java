/**
 * Weight matrices as the quantization tools of others store them: integer codes packed into words, with scales and zero
 * points per row and group. Here are only the layouts, over plain arrays: from words to float32 weights [out, in], as the
 * formats' own reference kernels compute them, {@code (code - zero) * scale} with the scale widened first and nothing rounded
 * in between. Which tensors make up a matrix, and what a checkpoint's configuration says of them, is known to
 * {@code qroar.workers.stored}.
 */
@NullMarked
package qroar.workers.packed;

import org.jspecify.annotations.NullMarked;
