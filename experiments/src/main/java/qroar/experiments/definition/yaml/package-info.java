/**
 * Strict reading of YAML: every value with its place, so that every fault can name line, column and key. Knows nothing of
 * experiments.
 */
@NullMarked
package qroar.experiments.definition.yaml;

import org.jspecify.annotations.NullMarked;
