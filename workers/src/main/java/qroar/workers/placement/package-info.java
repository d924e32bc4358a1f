/**
 * Where the weights of a model rest, in which order it is read and in which type it is computed with. Values alone.
 */
@NullMarked
package qroar.workers.placement;

import org.jspecify.annotations.NullMarked;
