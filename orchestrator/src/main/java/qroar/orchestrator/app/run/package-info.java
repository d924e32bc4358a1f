/**
 * A run in this process, from its directory to its report: journal, coordinator, local workers, progress, and how it ends.
 * The rooms beside it are wired here.
 *
 * <p>Beside it, what is done to runs that are there without going on with them: how they stand, an end in order, a replay
 * under another stopping rule.
 */
@NullMarked
package qroar.orchestrator.app.run;

import org.jspecify.annotations.NullMarked;
