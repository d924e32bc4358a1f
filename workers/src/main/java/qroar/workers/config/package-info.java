/**
 * What a model is, as its {@code config.json} says: {@link qroar.workers.config.ModelConfig} with the constants of its
 * {@link qroar.workers.config.Architecture}, RoPE scalings read and written in all spellings, and the names and shapes of the
 * linears of a block. {@link qroar.workers.config.JsonSection} is the strict reader for any JSON object out of a file.
 *
 * <p>Files come from strangers. Every length is bounded before memory is taken for it, and every refusal is one
 * {@link qroar.protocol.BadInput} line that names file, key and limit.
 */
@NullMarked
package qroar.workers.config;

import org.jspecify.annotations.NullMarked;
