/**
 * What coordinator and workers say to each other.
 *
 * <p>A worker enlists, asks for work, gets one lease at a time and answers it with a stream of measurements. A lease is
 * a trial and an attempt number, and covers the trial's windows from a first one to its end, or to where the coordinator
 * curtails it because other workers measure the rest: whatever arrives under a lease that is over is ignored, so late and
 * repeated messages are harmless. Every message is a value with a registered wire form ({@code qroar.protocol.wire}).
 */
@NullMarked
package qroar.protocol.message;

import org.jspecify.annotations.NullMarked;
