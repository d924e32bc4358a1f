/** A trial: one evaluation of one function of the model over the windows of some documents, and what it measures. */
@NullMarked
package qroar.protocol.trial;

import org.jspecify.annotations.NullMarked;
