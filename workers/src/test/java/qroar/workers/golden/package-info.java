/** Comparisons with the golden vectors of the reference implementations. */
@NullMarked
package qroar.workers.golden;

import org.jspecify.annotations.NullMarked;
