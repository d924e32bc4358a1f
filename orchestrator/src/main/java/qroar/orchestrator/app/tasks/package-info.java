/**
 * Multiple-choice tasks that the models of a run answer once its scales are chosen.
 */
@NullMarked
package qroar.orchestrator.app.tasks;

import org.jspecify.annotations.NullMarked;
