/**
 * What belongs to a process whatever it does: its signals, priority, end of actor systems, the address it listens at and
 * where it tells its figures.
 */
@NullMarked
package qroar.orchestrator.app.process;

import org.jspecify.annotations.NullMarked;
