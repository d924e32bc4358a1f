/**
 * A run in this process, from its directory to its report: journal, coordinator, local workers, progress, and how it ends.
 * The rooms beside it are wired here.
 */
@NullMarked
package qroar.orchestrator.app.run;

import org.jspecify.annotations.NullMarked;
