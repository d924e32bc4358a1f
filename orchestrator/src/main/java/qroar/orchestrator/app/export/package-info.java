/**
 * Models that are written for other programs: a checkpoint quantized, the best study of a run, or found scales put into a
 * checkpoint as it is. A class plans one of them and does it; what it wrote comes back as a record.
 */
@NullMarked
package qroar.orchestrator.app.export;

import org.jspecify.annotations.NullMarked;
