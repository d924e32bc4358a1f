/**
 * The worker actor. It finds the coordinator through the receptionist, asks for one trial at a time, and answers with a
 * stream of measurements. The forward pass runs on the dispatcher {@code qroar.dispatchers.forward}; the actor itself
 * never blocks, so it hears a cancellation while a block is being computed.
 */
@NullMarked
package qroar.workers.worker;

import org.jspecify.annotations.NullMarked;
