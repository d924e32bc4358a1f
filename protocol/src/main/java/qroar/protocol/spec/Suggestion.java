package qroar.protocol.spec;

import java.util.Collection;

/** "Did you mean": the nearest known word by edit distance. */
public final class Suggestion {
    private Suggestion() {}

    /**
     * The end of an error message about an unknown word: the nearest known word when it is near enough to be a slip,
     * and all that are known.
     */
    public static String of(String word, Collection<String> known) {
        String nearest = "";
        int best = Integer.MAX_VALUE;
        for (String candidate : known) {
            int distance = distance(word, candidate);
            // Of two that are as near, the longer one has more in common with the word.
            if (distance < best || (distance == best && candidate.length() > nearest.length())) {
                best = distance;
                nearest = candidate;
            }
        }
        boolean near = best <= Math.max(2, nearest.length() / 3) && best < nearest.length();
        return (near ? "; did you mean '" + nearest + "'?" : ";") + " known: " + String.join(", ", known);
    }

    /** Levenshtein distance; words longer than 100 characters count as far from everything. */
    static int distance(String a, String b) {
        if (a.length() > 100 || b.length() > 100) {
            return Integer.MAX_VALUE;
        }
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, Math.min(previous[j], row[j - 1]) + 1);
            }
            previous = row;
        }
        return previous[b.length()];
    }
}
