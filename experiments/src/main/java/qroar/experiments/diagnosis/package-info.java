/**
 * What is known of the bands before any is searched (Q-ROAR, arXiv 2509.14391, sections 3.2 and 3.4): interpolation pressure,
 * tail inflation, and the search window that follows from both.
 */
@NullMarked
package qroar.experiments.diagnosis;

import org.jspecify.annotations.NullMarked;
