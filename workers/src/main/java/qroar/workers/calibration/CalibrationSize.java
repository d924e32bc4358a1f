package qroar.workers.calibration;

import java.util.Arrays;

/**
 * How much a quantizer is calibrated on.
 *
 * @param sequences 0 where nothing is
 * @param length tokens of each
 */
public record CalibrationSize(int sequences, int length) {
    /** Of quantizers that look at weights alone. */
    public static final CalibrationSize NONE = new CalibrationSize(0, 0);

    public CalibrationSize {
        if (sequences < 0 || length < 0) {
            throw new IllegalArgumentException(sequences + " sequences of " + length + " tokens");
        }
    }

    /** Of token ids; uneven sequences count as the longest. */
    public static CalibrationSize of(int[][] sequences) {
        return new CalibrationSize(
                sequences.length,
                Arrays.stream(sequences).mapToInt(each -> each.length).max().orElse(0));
    }

    /** Of all sequences. */
    public long tokens() {
        return (long) sequences * length;
    }

    /** What one sequence takes on its way through a block that is traced, in float32. */
    public long traceBytes(int hidden, int intermediate) {
        return Float.BYTES * (long) length * (6L * hidden + 4L * intermediate);
    }
}
