/**
 * Everything that touches a tensor: checkpoints, tokenizers, the forward pass, quantizers and measurement streams; and
 * the worker actor that runs them.
 */
@NullMarked
package qroar.workers;

import org.jspecify.annotations.NullMarked;
