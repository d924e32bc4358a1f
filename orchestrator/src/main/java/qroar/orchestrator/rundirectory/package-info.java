/**
 * Where a run lives on disk: one folder per run with its journal, its lock, the experiment as resolved and everything
 * that is written for people. Small files are replaced as a whole, so that at every moment, a kill and a full disk
 * included, each is either the old one or the new one.
 */
@NullMarked
package qroar.orchestrator.rundirectory;

import org.jspecify.annotations.NullMarked;
