package qroar.experiments.definition;

/**
 * How the calibration documents are cut.
 *
 * @param sequences number of consecutive blocks
 * @param lengthTokens tokens of a block
 */
public record CalibrationSettings(int sequences, int lengthTokens) {}
