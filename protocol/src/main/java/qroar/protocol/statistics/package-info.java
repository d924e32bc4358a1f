/** Statistics that cross the wire: mergeable, bounded in size, accumulated in double. */
@NullMarked
package qroar.protocol.statistics;

import org.jspecify.annotations.NullMarked;
