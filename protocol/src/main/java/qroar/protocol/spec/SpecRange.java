package qroar.protocol.spec;

import java.util.List;

/**
 * The values that an option takes: what is checked, what the documentation says, and what tests draw from.
 *
 * @param kind what stands behind the equals sign
 * @param least smallest number; left out of the range itself where {@link Kind#ABOVE}
 * @param most largest number
 * @param words the words of a {@link Kind#WORD}, or those that may stand for a number or for all numbers of bands; mostly empty for numbers
 */
public record SpecRange(Kind kind, double least, double most, List<String> words) {
    /** What an option's text is. */
    public enum Kind {
        /** A whole number from {@code least} on. */
        WHOLE,
        /** A number from {@code least} on. */
        NUMBER,
        /** A number above {@code least}. */
        ABOVE,
        /** Numbers above {@code least}, separated by semicolons, one per RoPE pair. */
        NUMBERS,
        /** Whole numbers within the range, one per band, joined by slashes. */
        WHOLE_OF_EACH_BAND,
        /** Numbers within the range, one per band, joined by slashes. */
        NUMBER_OF_EACH_BAND,
        /** One of the words. */
        WORD
    }

    public SpecRange {
        words = List.copyOf(words);
    }

    public static SpecRange whole(int least, int most) {
        return new SpecRange(Kind.WHOLE, least, most, List.of());
    }

    public static SpecRange number(double least, double most) {
        return new SpecRange(Kind.NUMBER, least, most, List.of());
    }

    /** @param instead words that may stand for the number */
    public static SpecRange numberOr(double least, double most, String... instead) {
        return new SpecRange(Kind.NUMBER, least, most, List.of(instead));
    }

    public static SpecRange above(double bound, double most) {
        return new SpecRange(Kind.ABOVE, bound, most, List.of());
    }

    public static SpecRange numbersAbove(double bound, double most) {
        return new SpecRange(Kind.NUMBERS, bound, most, List.of());
    }

    public static SpecRange wholeOfEachBand(int least, int most) {
        return new SpecRange(Kind.WHOLE_OF_EACH_BAND, least, most, List.of());
    }

    /** @param instead words that may stand for all the numbers */
    public static SpecRange numberOfEachBand(double least, double most, String... instead) {
        return new SpecRange(Kind.NUMBER_OF_EACH_BAND, least, most, List.of(instead));
    }

    public static SpecRange words(String... words) {
        return new SpecRange(Kind.WORD, 0, 0, List.of(words));
    }

    public static SpecRange flag() {
        return words("true", "false");
    }

    /** For people: {@code 2 to 8}, {@code above 0, at most 1000}, {@code true or false}. */
    @Override
    public String toString() {
        String end = SpecWriter.number(most);
        return switch (kind) {
            case WHOLE -> most == Integer.MAX_VALUE ? "from " + (int) least : (int) least + " to " + end;
            case NUMBER ->
                SpecWriter.number(least) + " to " + end + (words.isEmpty() ? "" : ", or " + String.join(" or ", words));
            case ABOVE -> "above " + SpecWriter.number(least) + ", at most " + end;
            case NUMBERS -> "one number per RoPE pair, each above " + SpecWriter.number(least);
            case WHOLE_OF_EACH_BAND, NUMBER_OF_EACH_BAND ->
                SpecWriter.number(least) + " to " + end + " for each band, joined by /"
                        + (words.isEmpty() ? "" : ", or " + String.join(" or ", words));
            case WORD -> String.join(" or ", words);
        };
    }
}
