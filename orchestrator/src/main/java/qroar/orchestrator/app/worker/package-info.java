/**
 * The workers of a process: the devices they sit on, models, memory and locks of these, and the life of a process that
 * only works for a coordinator elsewhere.
 */
@NullMarked
package qroar.orchestrator.app.worker;

import org.jspecify.annotations.NullMarked;
