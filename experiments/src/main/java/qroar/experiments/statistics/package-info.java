/**
 * Distributions that tests of means and of error rates need.
 */
@NullMarked
package qroar.experiments.statistics;

import org.jspecify.annotations.NullMarked;
