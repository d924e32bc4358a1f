/**
 * The language that every other module speaks: pure values of the method (RoPE scalings, bands, quantization, trials,
 * windows, mergeable statistics) and the messages between coordinator and workers.
 *
 * <p>Nothing here touches a tensor or decides anything, and only {@code input} reads a file; whoever knows only this module
 * can follow a run.
 */
@NullMarked
package qroar.protocol;

import org.jspecify.annotations.NullMarked;
