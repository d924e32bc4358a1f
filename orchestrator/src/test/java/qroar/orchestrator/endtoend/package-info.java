/**
 * The product from outside: its command line in processes of their own wherever that matters, on the bundled demo model. What is asserted here
 * is what scripts and people rely on: exit codes, what stands on which stream, files, and equal numbers however a run
 * went.
 */
@NullMarked
package qroar.orchestrator.endtoend;

import org.jspecify.annotations.NullMarked;
