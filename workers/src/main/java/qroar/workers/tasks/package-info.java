/**
 * Multiple-choice tasks: a question's choices are ranked by their log-likelihood after a context, as
 * lm-evaluation-harness does. {@link qroar.workers.tasks.TaskFile} turns JSON lines of several layouts into questions,
 * {@link qroar.workers.tasks.FewShot} puts answered examples in front, {@link qroar.workers.tasks.QuestionItems} tokenizes
 * both, {@link qroar.workers.tasks.ChoiceScorer} or a trial of {@link qroar.workers.items} runs the model, {@link qroar.workers.tasks.TaskAccuracy} counts.
 */
@NullMarked
package qroar.workers.tasks;

import org.jspecify.annotations.NullMarked;
