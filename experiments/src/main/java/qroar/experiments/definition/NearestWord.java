package qroar.experiments.definition;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Which known word a mistyped one was meant to be. */
final class NearestWord {
    /** Longer words are nobody's typing error, and would make the distance slow. */
    private static final int MAX_LENGTH = 64;

    private NearestWord() {}

    /** The known word with the smallest edit distance, at most a third of its length (at least 2); null if none. */
    static @Nullable String to(String word, Collection<String> known) {
        String nearest = null;
        int smallest = Integer.MAX_VALUE;
        if (word.length() > MAX_LENGTH) {
            return null;
        }
        for (String candidate : known) {
            int distance = distance(word, candidate);
            if (distance < smallest
                    && distance <= Math.max(2, candidate.length() / 3)
                    && distance < candidate.length()) {
                smallest = distance;
                nearest = candidate;
            }
        }
        return nearest;
    }

    /** Levenshtein distance. */
    static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
