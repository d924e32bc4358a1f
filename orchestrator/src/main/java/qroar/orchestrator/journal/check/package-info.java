/**
 * Whether what is stored is what was written: the {@link qroar.orchestrator.journal.check.Seal} of each row, the order of
 * events, and what is said where they are damaged.
 */
@NullMarked
package qroar.orchestrator.journal.check;

import org.jspecify.annotations.NullMarked;
