package qroar.workers.needle;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.Sha256;
import qroar.workers.text.TextLines;

/**
 * The words of a user's texts, one file behind the other, white space of any kind between them: what RULER's essays are. A
 * haystack is their first so many words, from the start again where it needs more.
 */
public final class HaystackText {
    private static final long MAX_BYTES = 64L << 20;
    private static final int MAX_LINE_BYTES = 8 << 20;
    /** A text of fewer is no haystack. */
    private static final int LEAST_WORDS = 20;

    private final List<String> words;
    private final String digest;

    private HaystackText(List<String> words) {
        this.words = words;
        this.digest = Sha256.hex(String.join(" ", words));
    }

    /**
     * Reads UTF-8 texts.
     *
     * @throws BadInput in one line naming the file
     */
    public static HaystackText read(List<Path> files) {
        List<String> words = new ArrayList<>();
        for (Path file : files) {
            int before = words.size();
            try (TextLines lines = TextLines.open(file, MAX_BYTES, MAX_LINE_BYTES)) {
                for (String line = lines.next(); line != null; line = lines.next()) {
                    addWords(words, line);
                }
            }
            if (words.size() - before < LEAST_WORDS) {
                throw new BadInput(
                        file + ": " + (words.size() - before) + " words; a haystack needs at least " + LEAST_WORDS);
            }
        }
        return new HaystackText(List.copyOf(words));
    }

    /** One text. */
    static HaystackText of(String text) {
        List<String> words = new ArrayList<>();
        addWords(words, text);
        return new HaystackText(List.copyOf(words));
    }

    private static void addWords(List<String> words, String line) {
        int from = 0;
        for (int i = 0; i <= line.length(); i++) {
            if (i == line.length() || isSpace(line.charAt(i))) {
                if (i > from) {
                    words.add(line.substring(from, i));
                }
                from = i + 1;
            }
        }
    }

    /** Also spaces that do not break, as Python's {@code \s} has it. */
    private static boolean isSpace(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c);
    }

    /** The first so many. */
    List<String> first(int count) {
        if (count <= words.size()) {
            return words.subList(0, count);
        }
        List<String> repeated = new ArrayList<>(count);
        while (repeated.size() < count) {
            repeated.addAll(words.subList(0, Math.min(words.size(), count - repeated.size())));
        }
        return repeated;
    }

    /** SHA-256 over all words. */
    public String digest() {
        return digest;
    }

    /** The digest of what may be null. */
    static String digest(@Nullable HaystackText text) {
        return text == null ? "none" : text.digest;
    }
}
