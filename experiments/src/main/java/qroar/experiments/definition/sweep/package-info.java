/**
 * What an experiment varies: the values of each factor, the points that they span, and which of these are left out. Values
 * alone; they are read and written by the room above.
 */
@NullMarked
package qroar.experiments.definition.sweep;

import org.jspecify.annotations.NullMarked;
