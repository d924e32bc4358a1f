package qroar.protocol.band;

import java.util.Locale;

/** How the scale s of a band acts on the rows of W_Q and W_K that belong to it (Q-ROAR, section 3.3). */
public enum ScaleMode {
    /** Both W_Q and W_K rows are multiplied by s: the band's logits by s squared. */
    SHARED,
    /** W_Q rows are multiplied by s, W_K rows by 1/s: logits keep their value in exact arithmetic. */
    SYMMETRIC;

    /** The word used in experiment files, on the command line and in sidecars. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException naming the words that are understood */
    public static ScaleMode ofWord(String word) {
        for (ScaleMode mode : values()) {
            if (mode.word().equals(word)) {
                return mode;
            }
        }
        throw new IllegalArgumentException("mode '" + word + "' is unknown; use shared or symmetric");
    }
}
