/**
 * Weight quantizers, simulated in float32 on the loaded weights of one layer after the other. A
 * {@link qroar.workers.quantize.WeightQuantizer} sees each layer once, in order, and may keep state between them: the
 * calibrated ones keep the hidden states that enter the next layer, and run
 * {@link qroar.workers.block.DecoderBlocks#trace} themselves.
 *
 * <p>A quantizer also says which integers, scales and zero points its weights are made of, to the bit
 * ({@link qroar.workers.block.LayerWeights#readWithCodes}): files and memory hold those, and nothing is rounded twice.
 *
 * <p>Quantizing one matrix scales with its rows, Q(sW) = sQ(W) for positive s per row: RTN and AWQ up to the floor of
 * 1e-5 under the range of a group, GPTQ given the Hessian of the inputs. A calibration as a whole does not: AWQ's search
 * sees the attention that the scaled rows produce, and later layers of GPTQ see other inputs. So what is defined is
 * band scales on top of weights quantized without them, and that is what scaled rotary tables compute.
 */
@NullMarked
package qroar.workers.quantize;

import org.jspecify.annotations.NullMarked;
