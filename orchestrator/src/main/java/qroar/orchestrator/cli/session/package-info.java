/**
 * A run in one process: the experiment is prepared (checkpoint opened, documents read, studies planned), its directory
 * locked, coordinator and workers started, progress shown, and the report written.
 */
@NullMarked
package qroar.orchestrator.cli.session;

import org.jspecify.annotations.NullMarked;
