package qroar.workers.packed;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A weight [out, in] as integers on grids, the form that every group-wise format writes in its own words: w = (code - zero)
 * scale, computed in float32. The arrays are the record's own: whoever makes one gives them away, nobody changes them.
 *
 * @param bits of a code, 2 to 8
 * @param groups grids of a row
 * @param codes unsigned, one to a byte, row-major
 * @param scales [out, groups]
 * @param zeros unsigned, [out, groups]
 * @param groupOfColumn the grid of each column; becomes null where columns follow each other in whole groups of equal size
 */
public record GroupCodes(
        int bits,
        int out,
        int in,
        int groups,
        byte[] codes,
        float[] scales,
        byte[] zeros,
        int @Nullable [] groupOfColumn) {
    /** Two codes of so many bits share a byte where they rest. */
    public static final int DENSE_BITS = 4;

    private static final int BYTE = 0xff;

    /** Where the array lengths do not fit each other, something upstream is broken. */
    public GroupCodes {
        if (groupOfColumn != null && inOrder(groupOfColumn, in, groups)) {
            groupOfColumn = null;
        }
        boolean fits = codes.length == (long) out * in
                && scales.length == (long) out * groups
                && zeros.length == scales.length
                && (groupOfColumn == null ? in % groups == 0 : groupOfColumn.length == in);
        if (!fits) {
            throw new IllegalArgumentException("codes of " + out + " x " + in + " in " + groups + " groups have "
                    + codes.length + " codes, " + scales.length + " scales, " + zeros.length + " zero points");
        }
    }

    private static boolean inOrder(int[] groupOfColumn, int in, int groups) {
        if (groupOfColumn.length != in || in % groups != 0) {
            return false;
        }
        for (int column = 0; column < in; column++) {
            if (groupOfColumn[column] != column / (in / groups)) {
                return false;
            }
        }
        return true;
    }

    public int code(int row, int column) {
        return codes[row * in + column] & BYTE;
    }

    public int zero(int row, int group) {
        return zeros[row * groups + group] & BYTE;
    }

    public float scale(int row, int group) {
        return scales[row * groups + group];
    }

    public int group(int column) {
        return groupOfColumn == null ? column / (in / groups) : groupOfColumn[column];
    }

    /** The grid of each column, spelled out. */
    public int[] groupsOfColumns() {
        int[] each = new int[in];
        Arrays.setAll(each, this::group);
        return each;
    }

    /** What so many codes and grids take where two codes of at most 4 bits share a byte. */
    public static long bytes(int bits, long codes, long grids) {
        return (bits > DENSE_BITS ? codes : (codes + 1) / 2) + grids * (Float.BYTES + 1);
    }

    /** Whether every zero point is the middle of the codes. */
    public boolean isSymmetric() {
        byte middle = (byte) (1 << bits - 1);
        for (byte zero : zeros) {
            if (zero != middle) {
                return false;
            }
        }
        return true;
    }

    /** The weight, float32 [out, in]. */
    public float[] dequantized() {
        float[] weights = new float[codes.length];
        int[] groupOf = groupsOfColumns();
        for (int row = 0, at = 0; row < out; row++) {
            for (int column = 0; column < in; column++, at++) {
                int grid = row * groups + groupOf[column];
                weights[at] = ((codes[at] & BYTE) - (zeros[grid] & BYTE)) * scales[grid];
            }
        }
        return weights;
    }

    /** The same codes on other scales. */
    public GroupCodes withScales(float[] others) {
        return new GroupCodes(bits, out, in, groups, codes, others, zeros, groupOfColumn);
    }

    /** Rows that lie at {@code rowOf[r]} here as row r: codes, scales and zero points move together. */
    public GroupCodes rows(int[] rowOf) {
        byte[] movedCodes = new byte[codes.length];
        float[] movedScales = new float[scales.length];
        byte[] movedZeros = new byte[zeros.length];
        for (int row = 0; row < out; row++) {
            System.arraycopy(codes, rowOf[row] * in, movedCodes, row * in, in);
            System.arraycopy(scales, rowOf[row] * groups, movedScales, row * groups, groups);
            System.arraycopy(zeros, rowOf[row] * groups, movedZeros, row * groups, groups);
        }
        return new GroupCodes(bits, out, in, groups, movedCodes, movedScales, movedZeros, groupOfColumn);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GroupCodes that
                && bits == that.bits
                && out == that.out
                && in == that.in
                && groups == that.groups
                && Arrays.equals(codes, that.codes)
                && Arrays.equals(scales, that.scales)
                && Arrays.equals(zeros, that.zeros)
                && Arrays.equals(groupOfColumn, that.groupOfColumn);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(codes) + Arrays.hashCode(scales);
    }

    @Override
    public String toString() {
        return "codes of " + bits + " bits, " + out + " x " + in + " in " + groups + " groups";
    }
}
