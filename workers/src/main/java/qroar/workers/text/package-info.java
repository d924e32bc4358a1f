/**
 * Text becomes token ids: the checkpoint's own tokenizer with its own rule for the first token, token files used
 * verbatim, and stories packed into long documents. A {@link qroar.workers.text.TokenizedDocument} carries the ids and
 * the {@link qroar.protocol.trial.DocumentRef} by which everybody else knows it.
 */
@NullMarked
package qroar.workers.text;

import org.jspecify.annotations.NullMarked;
