/**
 * What belongs to a process whatever it does: its signals, priority, end of actor systems, the address it listens at, by
 * what it proves itself there, where it tells its figures, and what its end means for exit code and person.
 */
@NullMarked
package qroar.orchestrator.app.process;

import org.jspecify.annotations.NullMarked;
