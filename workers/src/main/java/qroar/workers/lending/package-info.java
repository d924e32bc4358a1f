/**
 * Layers that exist only while passes compute with them. {@link qroar.workers.lending.LentLayers} counts who uses one; a
 * {@link qroar.workers.lending.Lane} makes and frees it. On a processor, and wherever nothing better works, that is done by the threads
 * that use it. On an accelerator a thread with a stream of its own copies the next layer while the kernels of this one run.
 *
 * <p>The allocator cannot be told that another stream still reads a tensor (TorchScript has no {@code record_stream}), so
 * {@code CopyLane} says what may be freed when; a test runs its rules against a device that does everything as late, and
 * uses memory again as soon, as it may.
 */
@NullMarked
package qroar.workers.lending;

import org.jspecify.annotations.NullMarked;
