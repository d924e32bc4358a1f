/**
 * Commands about runs: begin, take up, stop, look at, report on, replay, and work for one.
 */
@NullMarked
package qroar.orchestrator.cli.run;

import org.jspecify.annotations.NullMarked;
