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

    /**
     * @param group input columns that share a scale, a divisor of {@code in}
     * @return float32 [out, in]
     */
    public static float[] dequantize(int[] qweight, int[] qzeros, float[] scales, int out, int in, int group) {
        int width = out / CODES;
        float[] weights = new float[Math.multiplyExact(out, in)];
        for (int word = 0; word < width; word++) {
            for (int nibble = 0; nibble < CODES; nibble++) {
                int row = word * CODES + ORDER[nibble];
                int shift = nibble * BITS;
                for (int first = 0, g = 0; first < in; first += group, g++) {
                    int zero = qzeros[g * width + word] >>> shift & 15;
                    float scale = scales[g * out + row];
                    for (int column = first; column < first + group; column++) {
                        int code = qweight[column * width + word] >>> shift & 15;
                        weights[row * in + column] = (code - zero) * scale;
                    }
                }
            }
        }
        return weights;
    }
}
