/**
 * GGUF, the file format of llama.cpp: header, metadata and tensors of one file, and the block formats of its weights, which
 * are de-quantized in float32 and in the order of operations of the {@code gguf} package, its own reference. Beside
 * them, what the metadata means for a model: its configuration, its tensors under their Hugging Face names, its tokenizer.
 */
@NullMarked
package qroar.workers.gguf;

import org.jspecify.annotations.NullMarked;
