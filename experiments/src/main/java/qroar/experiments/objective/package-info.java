/**
 * The figure that a search makes small, J, and the windows of a plan that it is computed from (Q-ROAR, arXiv 2509.14391,
 * section 3.3).
 */
@NullMarked
package qroar.experiments.objective;

import org.jspecify.annotations.NullMarked;
