package qroar.workers.packed;

import java.util.Arrays;

/**
 * The layout of GPTQ checkpoints (AutoGPTQ, GPTQModel): codes of 2, 3, 4 or 8 bits, packed along the input columns.
 *
 * <p>{@code qweight} int32 [in * bits / 32, out], {@code qzeros} int32 [groups, out * bits / 32], {@code scales} [groups,
 * out], {@code g_idx} int32 [in], the group of each input column in its original order; w = (q - z) s. At 3 bits a column's
 * codes are one string of bits, and codes 10 and 21 of 32 straddle words.
 *
 * @param bits 2, 3, 4 or 8
 * @param zeros how zero points are stored
 */
public record GptqLayout(int bits, Zeros zeros) {
    /** The two generations of the format. */
    public enum Zeros {
        /** {@code checkpoint_format: gptq}, and files that do not say: one less than the zero point. */
        MINUS_ONE,
        /** {@code checkpoint_format: gptq_v2}: the zero point. */
        AS_IS
    }

    /** A one in each field of a word: what the first generation was made with. */
    private static int ones(int bits) {
        int ones = 0;
        for (int shift = 0; shift < Integer.SIZE; shift += bits) {
            ones |= 1 << shift;
        }
        return ones;
    }

    /**
     * Zero points [groups, out]. Where words hold whole fields, GPTQModel made its first generation by subtracting from
     * the whole word, so that a zero point of 0 borrows from its neighbour: it is added back in the same way. At 3 bits
     * each field wraps on its own.
     */
    private int[] zeroPoints(int[] qzeros, int groups, int out) {
        int width = BitFields.words(out, bits);
        boolean wholeFields = Integer.SIZE % bits == 0;
        int[] words = qzeros;
        if (zeros == Zeros.MINUS_ONE && wholeFields) {
            int ones = ones(bits);
            words = Arrays.stream(qzeros).map(word -> word + ones).toArray();
        }
        int add = zeros == Zeros.MINUS_ONE && !wholeFields ? 1 : 0;
        int mask = (1 << bits) - 1;
        int[] points = new int[groups * out];
        for (int group = 0; group < groups; group++) {
            for (int row = 0; row < out; row++) {
                points[group * out + row] = BitFields.get(words, group * width, 1, bits, row) + add & mask;
            }
        }
        return points;
    }

    /** @param groupOfColumn one entry per input column, each below {@code groups} */
    public GroupCodes unpack(PackedWords words, int[] groupOfColumn, int out, int in, int groups) {
        int[] points = zeroPoints(words.zeros(), groups, out);
        byte[] codes = new byte[Math.multiplyExact(out, in)];
        byte[] zeros = new byte[out * groups];
        float[] scales = new float[out * groups];
        for (int column = 0; column < in; column++) {
            for (int row = 0; row < out; row++) {
                codes[row * in + column] = (byte) BitFields.get(words.codes(), row, out, bits, column);
            }
        }
        for (int group = 0; group < groups; group++) {
            for (int row = 0; row < out; row++) {
                zeros[row * groups + group] = (byte) points[group * out + row];
                scales[row * groups + group] = words.scales()[group * out + row];
            }
        }
        return new GroupCodes(bits, out, in, groups, codes, scales, zeros, groupOfColumn);
    }

    /** Rows and columns must fill whole words. */
    public PackedWords pack(GroupCodes codes) {
        int out = codes.out();
        int groups = codes.groups();
        int width = BitFields.words(out, bits);
        int[] words = new int[BitFields.words(codes.in(), bits) * out];
        int[] points = new int[groups * width];
        float[] scales = new float[groups * out];
        for (int row = 0; row < out; row++) {
            for (int column = 0; column < codes.in(); column++) {
                BitFields.put(words, row, out, bits, column, codes.code(row, column));
            }
            for (int group = 0; group < groups; group++) {
                BitFields.put(points, group * width, 1, bits, row, stored(codes.zero(row, group)));
                scales[group * out + row] = codes.scale(row, group);
            }
        }
        if (takesWordsApart()) {
            int ones = ones(bits);
            Arrays.setAll(points, i -> points[i] - ones);
        }
        return new PackedWords(words, points, scales);
    }

    /** First generation of whole fields in words: one is subtracted from the word, as GPTQModel does. */
    private boolean takesWordsApart() {
        return zeros == Zeros.MINUS_ONE && Integer.SIZE % bits == 0;
    }

    private int stored(int zero) {
        return zeros == Zeros.MINUS_ONE && !takesWordsApart() ? zero - 1 & (1 << bits) - 1 : zero;
    }
}
