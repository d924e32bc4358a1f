/**
 * A Hugging Face checkpoint directory, read without a tensor library: {@code config.json} becomes a
 * {@link qroar.workers.checkpoint.ModelConfig}, the headers of one or many safetensors files become
 * {@link qroar.workers.checkpoint.TensorLocation}s (file, byte offset, dtype, shape), and
 * {@link qroar.workers.checkpoint.Checkpoint#open} has checked every tensor that the architecture needs before anybody
 * maps one. Nothing here holds weights: whoever runs the model maps the files at the offsets given.
 *
 * <p>Files come from strangers. Every length is bounded before memory is taken for it, and every refusal is one
 * {@link qroar.protocol.BadInput} line that names file, key or tensor, and limit.
 */
@NullMarked
package qroar.workers.checkpoint;

import org.jspecify.annotations.NullMarked;
