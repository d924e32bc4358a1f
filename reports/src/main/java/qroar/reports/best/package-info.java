/**
 * What a run says one should use. {@link qroar.reports.best.Best} is the one definition of it: the page of a run, the
 * comparison of several, the table on the console and {@code export} ask it, so that none of them puts forward what
 * another would not. Scales whose held-out gain may be nothing are never put forward.
 */
@NullMarked
package qroar.reports.best;

import org.jspecify.annotations.NullMarked;
