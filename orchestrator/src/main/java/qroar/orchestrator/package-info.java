/** The event-sourced coordinator, dispatch, journal, caches, and the command line that wires the modules together. */
@NullMarked
package qroar.orchestrator;

import org.jspecify.annotations.NullMarked;
