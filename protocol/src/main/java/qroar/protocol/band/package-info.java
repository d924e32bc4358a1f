/**
 * Bands of RoPE pairs: how pairs are grouped, the scales that bands get and in which mode, and how much interpolation presses
 * on each.
 */
@NullMarked
package qroar.protocol.band;

import org.jspecify.annotations.NullMarked;
