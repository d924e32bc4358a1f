/**
 * A run as people follow it while it goes on: its state taken down as a {@link qroar.reports.live.LiveRun} every second, and
 * shown as a line, a table of a terminal, a page, {@code progress.json}, or a command that is run when something happens.
 *
 * <p>Everything here looks at the state that the coordinator hands out anyway and runs on threads of its own: whoever looks
 * on, however slowly, the run neither waits nor fails.
 */
@NullMarked
package qroar.orchestrator.app.live;

import org.jspecify.annotations.NullMarked;
