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

    /** Edit distance in insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
    static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            d[i][0] = i;
        }
        for (int j = 0; j <= b.length(); j++) {
            d[0][j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            for (int j = 1; j <= b.length(); j++) {
                int substituted = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                d[i][j] = Math.min(substituted, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
                boolean swapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                if (swapped) {
                    d[i][j] = Math.min(d[i][j], 1 + d[i - 2][j - 2]);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
