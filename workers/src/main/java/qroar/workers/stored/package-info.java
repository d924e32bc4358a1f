/**
 * Checkpoints whose linears are quantized in their files, one room per {@code quant_method}: what the configuration says,
 * and which tensors make up a weight. How their words are laid out is known to {@link qroar.workers.packed}.
 */
@NullMarked
package qroar.workers.stored;

import org.jspecify.annotations.NullMarked;
