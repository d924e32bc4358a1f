/** When a candidate can no longer win: sequential tests on paired window losses, valid at every look. */
@NullMarked
package qroar.experiments.stopping;

import org.jspecify.annotations.NullMarked;
