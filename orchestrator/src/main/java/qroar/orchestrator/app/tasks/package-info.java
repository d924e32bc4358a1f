/**
 * Scores on multiple-choice tasks that the models of a run were put to.
 */
@NullMarked
package qroar.orchestrator.app.tasks;

import org.jspecify.annotations.NullMarked;
