/**
 * The command line: commands parse, call the application ({@code qroar.orchestrator.app}) and print. Each command is one
 * class, in the room of what it is about; what several take is in {@code option}.
 */
@NullMarked
package qroar.orchestrator.cli;

import org.jspecify.annotations.NullMarked;
