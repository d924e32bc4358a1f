package qroar.workers.packed;

/**
 * A weight in the words of a format, whose layout says how they lie. The arrays are the record's own.
 *
 * @param codes integer codes, several to a word
 * @param zeros zero points, several to a word
 * @param scales in the format's own order
 */
@SuppressWarnings("ArrayRecordComponent")
public record PackedWords(int[] codes, int[] zeros, float[] scales) {}
