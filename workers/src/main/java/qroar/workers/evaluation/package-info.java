/**
 * Perplexity by the protocols that published numbers come from. A protocol ({@link qroar.workers.evaluation.Protocol})
 * is a way to cut documents into forwards, to choose the tokens that count, and to average them; the cutting is pure
 * ({@link qroar.workers.evaluation.ContextWindow}), {@link qroar.workers.evaluation.Evaluator} runs the forwards.
 *
 * <p>The search itself measures by the nested protocol, one window at a time; here whole documents are evaluated at once.
 */
@NullMarked
package qroar.workers.evaluation;

import org.jspecify.annotations.NullMarked;
