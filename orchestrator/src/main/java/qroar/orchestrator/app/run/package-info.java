/**
 * A run in this process, from its directory to its report: journal, coordinator, local workers, progress, and how it ends.
 * The rooms beside it are wired here. {@link qroar.orchestrator.app.run.RunReplay} reads a recorded run again, under another
 * stopping rule; how runs stand that this process does not have is {@code app.status}'s.
 */
@NullMarked
package qroar.orchestrator.app.run;

import org.jspecify.annotations.NullMarked;
