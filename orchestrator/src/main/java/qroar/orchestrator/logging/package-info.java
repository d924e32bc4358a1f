/**
 * What is logged where: warnings as one line on standard error, the rest in the run's own log file, and no flood of
 * equal messages in either (one junk connection once wrote half a gigabyte of warnings in a minute). The log file's form is text, key=value
 * or JSON ({@link qroar.orchestrator.logging.RunLogEncoder}); ids of study, trial, attempt and worker travel in the mapped
 * diagnostic context.
 */
@NullMarked
package qroar.orchestrator.logging;

import org.jspecify.annotations.NullMarked;
