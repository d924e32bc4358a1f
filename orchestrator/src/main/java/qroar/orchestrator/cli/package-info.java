/**
 * The command line: the only place that knows all modules. Each command is one class; what several of them need lies in
 * {@code session} (a run from its experiment file to its report) and {@code console} (how commands speak).
 */
@NullMarked
package qroar.orchestrator.cli;

import org.jspecify.annotations.NullMarked;
