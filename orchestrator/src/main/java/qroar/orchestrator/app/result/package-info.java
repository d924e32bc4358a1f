/**
 * What a run's state means to a reader: rows, costs, notes and the report made of them, from the state alone; and
 * the pages of runs that are there, drawn anew from what they left.
 */
@NullMarked
package qroar.orchestrator.app.result;

import org.jspecify.annotations.NullMarked;
