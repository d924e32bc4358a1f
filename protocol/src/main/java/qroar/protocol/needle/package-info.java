/**
 * Retrieval from a long context: passkeys, needles in a haystack and chains of variables, after RULER (Hsieh et al. 2024).
 * {@link qroar.protocol.needle.NeedleTask} is a kind of question with its numbers, {@link qroar.protocol.needle.NeedleDraft}
 * one drawn question: the sentences to hide and how deep, what is asked behind them, and the answer. Text alone: how much
 * haystack fits into a length is counted in the tokens of a model, by the workers. All chance comes from
 * {@link qroar.protocol.needle.NeedleRandom}, whose numbers are the same on every machine.
 */
@NullMarked
package qroar.protocol.needle;

import org.jspecify.annotations.NullMarked;
