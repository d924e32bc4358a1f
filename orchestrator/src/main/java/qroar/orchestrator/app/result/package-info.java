/**
 * What a run's state means to a reader: rows, costs, notes and the report made of them. Computes from the state alone.
 */
@NullMarked
package qroar.orchestrator.app.result;

import org.jspecify.annotations.NullMarked;
