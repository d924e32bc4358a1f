package qroar.workers.packed;

import java.util.Arrays;
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
     */
    public GroupCodes unpack(
            int[] packed,
            float[] scales,
            int @Nullable [] packedZeros,
            int[] groupOfColumn,
            int out,
            int in,
            int groups) {
        int perWord = codesPerWord();
        int width = (in + perWord - 1) / perWord;
        byte[] codes = new byte[Math.multiplyExact(out, in)];
        int mask = (1 << bits) - 1;
        byte[] zeros = new byte[out * groups];
        // Both are stored with the same offset, which their difference does not see.
        Arrays.fill(zeros, (byte) (1 << bits - 1));
        for (int row = 0, at = 0; row < out; row++) {
            for (int group = 0; packedZeros != null && group < groups; group++) {
                zeros[row * groups + group] = (byte) field(packedZeros[row / perWord * groups + group], row % perWord);
            }
            int end = at + in;
            for (int word = row * width; at < end; word++) {
                int fields = packed[word];
                for (int last = Math.min(end, at + perWord); at < last; at++, fields >>>= bits) {
                    codes[at] = (byte) (fields & mask);
                }
            }
        }
        return new GroupCodes(bits, out, in, groups, codes, scales, zeros, groupOfColumn);
    }

    /** Zero points are packed also where they are symmetric. */
    public PackedWords pack(GroupCodes codes) {
        int perWord = codesPerWord();
        int width = (codes.in() + perWord - 1) / perWord;
        int groups = codes.groups();
        int[] words = new int[codes.out() * width];
        int[] zeros = new int[(codes.out() + perWord - 1) / perWord * groups];
        for (int row = 0; row < codes.out(); row++) {
            for (int column = 0; column < codes.in(); column++) {
                words[row * width + column / perWord] |= codes.code(row, column) << column % perWord * bits;
            }
            for (int group = 0; group < groups; group++) {
                zeros[row / perWord * groups + group] |= codes.zero(row, group) << row % perWord * bits;
            }
        }
        return new PackedWords(words, zeros, codes.scales());
    }
}
