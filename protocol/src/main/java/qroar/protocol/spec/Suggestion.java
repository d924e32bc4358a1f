package qroar.protocol.spec;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** "Did you mean": the nearest known word by edit distance. */
public final class Suggestion {
    /** Longer words are nobody's slip, and would make the distance slow. */
    private static final int MAX_LENGTH = 100;

    private Suggestion() {}

    /**
     * The end of an error message about an unknown word: the nearest known word when it is near enough to be a slip,
     * and all that are known.
     */
    public static String of(String word, Collection<String> known) {
        String nearest = nearest(word, known);
        return (nearest == null ? ";" : "; did you mean '" + nearest + "'?") + " known: " + String.join(", ", known);
    }

    /**
     * The known word with the smallest edit distance, at most a third of its length (at least 2); of two that are as near
     * the longer one, which has more in common. Null if none is near enough to be a slip.
     */
    public static @Nullable String nearest(String word, Collection<String> known) {
        String nearest = "";
        int best = Integer.MAX_VALUE;
        if (word.length() > MAX_LENGTH) {
            return null;
        }
        for (String candidate : known) {
            int distance = distance(word, candidate);
            if (distance < best || (distance == best && candidate.length() > nearest.length())) {
                best = distance;
                nearest = candidate;
            }
        }
        return best <= Math.max(2, nearest.length() / 3) && best < nearest.length() ? nearest : null;
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
