/**
 * Experiment files: strict YAML becomes an {@link qroar.experiments.definition.ExperimentDefinition}, or one line that
 * says where and why not.
 *
 * <p>The road: bytes, a tree in which every node knows its line ({@code YamlTree}), typed reading of one key at a time
 * ({@code Value}, {@code Section}), immutable records. The tree is built from parser events and not by data binding:
 * binding resolves {@code 010} to 8 and {@code yes} to text before anyone can complain, and its messages name Java
 * classes. {@code ResolvedFile} goes the other way, with every default spelled out.
 */
@NullMarked
package qroar.experiments.definition;

import org.jspecify.annotations.NullMarked;
