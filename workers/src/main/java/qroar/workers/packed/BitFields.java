package qroar.workers.packed;

/** Unsigned fields of 2 to 8 bits in a string of 32-bit words, lowest bits first; a field may straddle two words. */
final class BitFields {
    private BitFields() {}

    /** Words that hold {@code count} fields. */
    static int words(int count, int bits) {
        return Math.toIntExact(((long) count * bits + Integer.SIZE - 1) / Integer.SIZE);
    }

    /**
     * Field {@code index} of a string.
     *
     * @param words where the string's words lie
     * @param first index of its first word
     * @param step words from one of its words to the next
     */
    static int get(int[] words, int first, int step, int bits, int index) {
        long bit = (long) index * bits;
        int at = first + (int) (bit / Integer.SIZE) * step;
        int offset = (int) (bit % Integer.SIZE);
        int field = words[at] >>> offset;
        if (offset + bits > Integer.SIZE) {
            field |= words[at + step] << (Integer.SIZE - offset);
        }
        return field & ((1 << bits) - 1);
    }

    /** Writes a field of a string that held zeros there; the arguments are those of {@link #get}. */
    static void put(int[] words, int first, int step, int bits, int index, int field) {
        long bit = (long) index * bits;
        int at = first + (int) (bit / Integer.SIZE) * step;
        int offset = (int) (bit % Integer.SIZE);
        words[at] |= field << offset;
        if (offset + bits > Integer.SIZE) {
            words[at + step] |= field >>> (Integer.SIZE - offset);
        }
    }
}
