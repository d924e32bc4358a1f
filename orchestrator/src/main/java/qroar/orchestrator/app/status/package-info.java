/**
 * Runs that are there, looked at from outside of the process that has them, or when none has: how they stand, alive or dead
 * ({@link qroar.orchestrator.app.status.RunStatus}), how they go on ({@link qroar.orchestrator.app.status.RunWatch}), and an end in
 * order ({@link qroar.orchestrator.app.status.RunStop}). Nothing here writes into a run's folder.
 */
@NullMarked
package qroar.orchestrator.app.status;

import org.jspecify.annotations.NullMarked;
