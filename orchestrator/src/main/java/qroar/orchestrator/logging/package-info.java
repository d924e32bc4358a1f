/**
 * What is logged where: warnings as one line on standard error, the rest in the run's own log file, and no flood of
 * equal messages in either (one junk connection once wrote half a gigabyte of warnings in a minute).
 */
@NullMarked
package qroar.orchestrator.logging;

import org.jspecify.annotations.NullMarked;
