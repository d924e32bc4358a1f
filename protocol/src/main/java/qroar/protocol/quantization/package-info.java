/** What is quantized and how, as values: the quantizers themselves live with the tensors, in the workers. */
@NullMarked
package qroar.protocol.quantization;

import org.jspecify.annotations.NullMarked;
