/**
 * Results of complete trials, addressed by what they are results of, shared by runs and processes.
 *
 * <p>A cache may forget but never lie: each entry carries its key and a SHA-256 over all of it, and whatever does not
 * check is moved aside and measured again. Writers need no lock, because entries are replaced whole and equal keys mean
 * equal numbers. Calls block on the disk: use a dispatcher meant for that.
 */
@NullMarked
package qroar.orchestrator.cache;

import org.jspecify.annotations.NullMarked;
