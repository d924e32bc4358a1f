/** What the processor of this machine is and can do, as the system tells. */
@NullMarked
package qroar.workers.processor;

import org.jspecify.annotations.NullMarked;
