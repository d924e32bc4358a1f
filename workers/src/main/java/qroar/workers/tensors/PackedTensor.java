package qroar.workers.tensors;

/**
 * A tensor that is no plain array of numbers: integer codes with scales, or blocks of a GGUF file. It is de-quantized exactly
 * as its format's reference does, each time it is read.
 */
public non-sealed interface PackedTensor extends WeightSource {}
