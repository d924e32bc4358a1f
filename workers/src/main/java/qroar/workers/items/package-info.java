/**
 * Scored items: a context of tokens and one or several continuations whose losses, and whether a greedy reader would have written
 * them, are wanted. A question with its choices is one, and so is a haystack with the answer that is sought in it. {@link
 * qroar.workers.items.ScoredItem} has the tokens, {@link qroar.workers.items.ItemReader} lets a model read them; as a trial they
 * are leased, streamed and kept like documents ({@link qroar.protocol.trial.EvaluationPlan#ofItems}).
 */
@NullMarked
package qroar.workers.items;

import org.jspecify.annotations.NullMarked;
