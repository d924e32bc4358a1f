package qroar.workers.packed;

import org.jspecify.annotations.Nullable;

/**
 * The {@code pack-quantized} layout of compressed-tensors (llm-compressor, vLLM): signed codes stored as value +
 * 2^(bits-1), packed along the input columns of a row, each row padded to whole words.
 *
 * <p>{@code weight_packed} int32 [out, words], {@code weight_scale} [out, groups], {@code weight_zero_point} int32 [words,
 * groups] packed along the rows with the same offset, absent when symmetric; {@code weight_g_idx} [in], the group of each
 * input column, stored only where groups follow the activation order. w = (q - z) s. A code never straddles words: 32 / bits
 * of them, rounded down, fill one.
 *
 * @param bits 2 to 8
 */
public record CompressedLayout(int bits) {
    /** Codes of a word. */
    public int codesPerWord() {
        return Integer.SIZE / bits;
    }

    private int field(int word, int index) {
        return word >>> index * bits & ((1 << bits) - 1);
    }

    /**
     * @param packedZeros null when symmetric
     * @param groupOfColumn one entry per input column, each below {@code groups}
     * @return float32 [out, in]
     */
    public float[] dequantize(
            int[] packed,
            float[] scales,
            int @Nullable [] packedZeros,
            int[] groupOfColumn,
            int out,
            int in,
            int groups) {
        int codes = codesPerWord();
        int width = (in + codes - 1) / codes;
        int offset = 1 << bits - 1;
        float[] weights = new float[Math.multiplyExact(out, in)];
        int[] zeros = new int[groups];
        for (int row = 0; row < out; row++) {
            for (int group = 0; packedZeros != null && group < groups; group++) {
                zeros[group] = field(packedZeros[row / codes * groups + group], row % codes) - offset;
            }
            for (int column = 0; column < in; column++) {
                int group = groupOfColumn[column];
                int code = field(packed[row * width + column / codes], column % codes) - offset;
                weights[row * in + column] = (code - zeros[group]) * scales[row * groups + group];
            }
        }
        return weights;
    }
}
