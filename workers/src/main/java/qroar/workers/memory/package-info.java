/**
 * Memory of a device on a machine that others use. {@link qroar.workers.memory.DeviceMemory} says how much there is, how
 * much is free and how much others hold; {@link qroar.workers.memory.MemoryNeed} what a trial takes; {@link
 * qroar.workers.memory.MemoryGate} lets trials in, makes them wait, or sends them back with the figures.
 *
 * <p>The gate keeps most trials from running into the end of memory; it cannot promise anything, because others take
 * memory after it has looked. What happens then is up to whoever computes: smaller chunks, then a failed attempt.
 */
@NullMarked
package qroar.workers.memory;

import org.jspecify.annotations.NullMarked;
