package qroar.protocol.needle;

import java.util.Locale;

/** What needles are hidden in. */
public enum HaystackKind {
    /** The same five sentences over and over, one repetition a line. */
    NOISE,
    /** A text of the user's, which is what RULER's essays are, cut after a number of its words. */
    TEXT,
    /** Sentences like the needles, with other keys and values, one a line. */
    NEEDLES;

    /** A line of {@link #NOISE}. */
    public static final String NOISE_LINE =
            "The grass is green. The sky is blue. The sun is yellow. Here we go. There and back again.";

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static HaystackKind ofWord(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }

    /** What stands between two units of it, or a unit and a needle. */
    public String separator() {
        return this == TEXT ? " " : "\n";
    }
}
