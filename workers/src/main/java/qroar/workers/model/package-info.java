/**
 * The forward pass. A {@link qroar.workers.model.DecoderModel} is a checkpoint loaded and quantized once: immutable and
 * shared by any number of concurrent passes. A {@link qroar.workers.model.DocumentPass} is one reading of one document
 * under one trial: rotary tables, key/value cache, position.
 *
 * <p>A trial differs from the next only in its rotary tables; nothing of the model is reloaded, requantized or copied.
 */
@NullMarked
package qroar.workers.model;

import org.jspecify.annotations.NullMarked;
