/**
 * Tensors in files, read and written without a tensor library: the headers of one or many safetensors files become
 * {@link qroar.workers.tensors.TensorLocation}s (file, byte offset, dtype, shape). A
 * {@link qroar.workers.tensors.WeightSource} is such a place, or several that together stand for one weight. Nothing here
 * holds weights: whoever runs the model maps the files at the offsets given. What cannot be read at all (pickles, ONNX) is
 * refused with the command that converts it.
 */
@NullMarked
package qroar.workers.tensors;

import org.jspecify.annotations.NullMarked;
