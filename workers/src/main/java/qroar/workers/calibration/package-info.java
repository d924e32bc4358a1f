/**
 * What calibrated quantizers see of the texts: the tokens of equal sequences ({@link
 * qroar.workers.calibration.CalibrationTokens}), the hidden states that enter the layer that is due ({@link
 * qroar.workers.calibration.CalibrationStates}) and the inputs of its linears ({@link
 * qroar.workers.calibration.LinearInputs}).
 *
 * <p>None of them need fit a device, and only the work on one sequence is there: states rest in host memory, or in files of
 * a folder ({@link qroar.workers.calibration.StatesFolder}) that are mapped, so that the kernel keeps of them what it has
 * room for. There they also are what a calibration that was cut short goes on with.
 */
@NullMarked
package qroar.workers.calibration;

import org.jspecify.annotations.NullMarked;
