package qroar.experiments.definition;

import qroar.protocol.calibration.BlockChoice;

/**
 * What is read of the calibration documents.
 *
 * @param sequences number of blocks
 * @param lengthTokens tokens of a block
 * @param blocks from where in the documents they are taken
 */
public record CalibrationSettings(int sequences, int lengthTokens, BlockChoice blocks) {}
