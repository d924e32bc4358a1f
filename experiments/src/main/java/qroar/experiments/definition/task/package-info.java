/** What models are asked beside perplexity: multiple-choice tasks and needles in haystacks, as an experiment file names them. */
@NullMarked
package qroar.experiments.definition.task;

import org.jspecify.annotations.NullMarked;
