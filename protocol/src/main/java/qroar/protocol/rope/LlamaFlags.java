package qroar.protocol.rope;

import java.util.List;
import java.util.Locale;

/**
 * How llama.cpp's command line says a RoPE scaling, whose keys in a file have no effect for some architectures.
 *
 * @param words flags and their values; none where there is nothing to say, or no way to
 * @param override whether they make a file compute it that says another scaling
 */
public record LlamaFlags(List<String> words, boolean override) {
    /** For scalings that a converted file says and no flag does. */
    static final LlamaFlags OF_THE_FILE_ALONE = new LlamaFlags(List.of(), false);

    public LlamaFlags {
        words = List.copyOf(words);
    }

    static String number(double value) {
        return value == Math.rint(value) ? String.format(Locale.ROOT, "%.0f", value) : Double.toString(value);
    }
}
