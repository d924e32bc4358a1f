/**
 * What a process computes with, as it is found: experiment files and what they name, texts, checkpoints offered to a
 * coordinator, the folder of runs; devices, precisions, placements and sizes as people write them. Reads only.
 */
@NullMarked
package qroar.orchestrator.app.input;

import org.jspecify.annotations.NullMarked;
