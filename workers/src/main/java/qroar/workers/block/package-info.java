/**
 * One decoder block: its weights as stored ({@link qroar.workers.block.LayerWeights}), its rotary tables, key/value cache
 * and masks, and the block's forward pass with or without a trace of what enters its linears. Models run blocks one
 * after the other; calibrated quantizers run the same blocks layer by layer.
 */
@NullMarked
package qroar.workers.block;

import org.jspecify.annotations.NullMarked;
