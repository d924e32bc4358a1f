/**
 * Trials on this machine: the {@link qroar.workers.measure.LocalCatalog} knows where checkpoints and documents lie, the
 * {@link qroar.workers.measure.ModelShelf} keeps quantized models loaded and shares them among workers and trials, and a
 * {@link qroar.workers.measure.LocalMeasurer} reads documents and cuts their token losses into windows.
 */
@NullMarked
package qroar.workers.measure;

import org.jspecify.annotations.NullMarked;
