package qroar.workers.packed;

/**
 * AWQ's GEMM layout (Lin et al. 2023; AutoAWQ's {@code WQLinear_GEMM}), 4 bits: eight output columns in one word, in the
 * order that its kernel reads them.
 *
 * <p>{@code qweight} int32 [in, out / 8], {@code qzeros} int32 [in / group, out / 8], {@code scales} [in / group, out]; w =
 * (q - z) s.
 */
public final class AwqGemm {
    /** Bits of a code; AutoAWQ packs no other width. */
    public static final int BITS = 4;

    /** Codes of a word. */
    public static final int CODES = Integer.SIZE / BITS;

    /** Nibble i of a word holds this one of its eight columns. */
    private static final int[] ORDER = {0, 2, 4, 6, 1, 3, 5, 7};

    private AwqGemm() {}

    /** @param group input columns that share a scale, a divisor of {@code in} */
    public static GroupCodes unpack(PackedWords words, int out, int in, int group) {
        int width = out / CODES;
        int groups = in / group;
        byte[] codes = new byte[Math.multiplyExact(out, in)];
        byte[] zeros = new byte[out * groups];
        float[] scales = new float[out * groups];
        for (int word = 0; word < width; word++) {
            for (int nibble = 0; nibble < CODES; nibble++) {
                int row = word * CODES + ORDER[nibble];
                int shift = nibble * BITS;
                for (int g = 0; g < groups; g++) {
                    zeros[row * groups + g] = (byte) (words.zeros()[g * width + word] >>> shift & 15);
                    scales[row * groups + g] = words.scales()[g * out + row];
                }
                for (int column = 0; column < in; column++) {
                    codes[row * in + column] = (byte) (words.codes()[column * width + word] >>> shift & 15);
                }
            }
        }
        return new GroupCodes(BITS, out, in, groups, codes, scales, zeros, null);
    }

    /** @param codes of 4 bits at most, whole groups in order, rows a multiple of {@link #CODES} */
    public static PackedWords pack(GroupCodes codes) {
        int out = codes.out();
        int width = out / CODES;
        int[] words = new int[width * codes.in()];
        int[] zeros = new int[width * codes.groups()];
        float[] scales = new float[out * codes.groups()];
        for (int word = 0; word < width; word++) {
            for (int nibble = 0; nibble < CODES; nibble++) {
                int row = word * CODES + ORDER[nibble];
                int shift = nibble * BITS;
                for (int column = 0; column < codes.in(); column++) {
                    words[column * width + word] |= codes.code(row, column) << shift;
                }
                for (int group = 0; group < codes.groups(); group++) {
                    zeros[group * width + word] |= codes.zero(row, group) << shift;
                    scales[group * out + row] = codes.scale(row, group);
                }
            }
        }
        return new PackedWords(words, zeros, scales);
    }
}
