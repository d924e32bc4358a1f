/**
 * Quantized models on disk. {@link qroar.workers.export.QuantizedExport} writes one as an ordinary Hugging Face
 * checkpoint; {@link qroar.workers.export.QuantizedModels} keeps such checkpoints, so that a calibration that takes
 * hours runs once for a model, a quantizer and calibration texts, across studies, runs and processes.
 *
 * <p>A calibrated model that is kept is always loaded from there, also the first time: what a run computes cannot depend
 * on whether the calibration was its own.
 */
@NullMarked
package qroar.workers.export;

import org.jspecify.annotations.NullMarked;
