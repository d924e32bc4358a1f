/**
 * Rotary position embedding: scalings, the inverse frequencies they lead to, bands of frequencies and the scales that a
 * trial gives them (Q-ROAR, arXiv 2509.14391, section 3).
 */
@NullMarked
package qroar.protocol.rope;

import org.jspecify.annotations.NullMarked;
