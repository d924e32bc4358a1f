/** Experiment files: strict YAML, one clear error with line and column, sweeps as lists. */
@NullMarked
package qroar.experiments.definition;

import org.jspecify.annotations.NullMarked;
