/** Objective, diagnostics, search windows, candidate grids and search strategies (Q-ROAR sections 3.2-3.4). */
@NullMarked
package qroar.experiments.search;

import org.jspecify.annotations.NullMarked;
