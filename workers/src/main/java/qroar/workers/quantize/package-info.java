/**
 * Weight quantizers, simulated in float32 on the loaded weights of one layer after the other. A
 * {@link qroar.workers.quantize.WeightQuantizer} sees each layer once, in order, and may keep state between them: the
 * calibrated ones keep the hidden states that enter the next layer, and run
 * {@link qroar.workers.block.DecoderBlocks#trace} themselves.
 *
 * <p>Every quantizer here scales with its rows, Q(sW) = sQ(W) for positive s per row, up to the floor of 1e-5 under the
 * range of a group: that is what lets band scales live in the rotary tables.
 */
@NullMarked
package qroar.workers.quantize;

import org.jspecify.annotations.NullMarked;
