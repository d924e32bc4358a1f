package qroar.workers.needle;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Sentences of a text whose words are parted by single spaces: one ends behind a word that ends with {@code . ! ?} (and any
 * closing quotes or brackets), unless the word is a common abbreviation or one letter, or the next word begins with a lower
 * case letter. Rules of our own: those that Java brings change with its version.
 */
final class Sentences {
    private static final Set<String> ABBREVIATIONS = Set.of(
            "mr.", "mrs.", "ms.", "dr.", "st.", "prof.", "sr.", "jr.", "vs.", "e.g.", "i.e.", "cf.", "vol.", "fig.",
            "eq.", "al.", "gen.", "col.", "capt.", "lt.", "rev.", "hon.", "inc.", "ltd.", "co.");
    private static final String CLOSING = "\"')]}\u2019\u201d";
    private static final String OPENING = "\"'([{\u2018\u201c_*";

    private Sentences() {}

    /** In order; joined with single spaces they are the words again. */
    static List<String> of(List<String> words) {
        List<String> sentences = new ArrayList<>();
        StringBuilder sentence = new StringBuilder();
        for (int i = 0; i < words.size(); i++) {
            sentence.append(sentence.length() == 0 ? "" : " ").append(words.get(i));
            if (i + 1 < words.size() && ends(words.get(i)) && begins(words.get(i + 1))) {
                sentences.add(sentence.toString());
                sentence.setLength(0);
            }
        }
        if (sentence.length() > 0) {
            sentences.add(sentence.toString());
        }
        return sentences;
    }

    private static boolean ends(String word) {
        int end = word.length();
        while (end > 0 && CLOSING.indexOf(word.charAt(end - 1)) >= 0) {
            end--;
        }
        if (end == 0 || ".!?".indexOf(word.charAt(end - 1)) < 0) {
            return false;
        }
        int from = 0;
        while (from < end && OPENING.indexOf(word.charAt(from)) >= 0) {
            from++;
        }
        String bare = word.substring(from, end);
        boolean initial = bare.length() == 2 && Character.isUpperCase(bare.charAt(0)) && !bare.equals("I.");
        return !initial && !ABBREVIATIONS.contains(bare.toLowerCase(Locale.ROOT));
    }

    private static boolean begins(String word) {
        int from = 0;
        while (from < word.length() && OPENING.indexOf(word.charAt(from)) >= 0) {
            from++;
        }
        return from == word.length() || !Character.isLowerCase(word.codePointAt(from));
    }
}
