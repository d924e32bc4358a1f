/** Held-out figures of a study beside those per context length: what stands behind one mean. Stored as the rest of the model. */
@NullMarked
package qroar.reports.model.heldout;

import org.jspecify.annotations.NullMarked;
