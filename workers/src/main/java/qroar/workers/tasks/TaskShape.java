package qroar.workers.tasks;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How many choices a task's questions have, and whether they are yes and no. In the layout that all tasks share the keys
 * do not tell one task's file from another's, and any file would give an accuracy; its choices do.
 *
 * @param fewest of any question
 * @param most of any question
 * @param usual some question of a file has so many at least
 * @param yesNo whether the choices are yes and no
 */
record TaskShape(int fewest, int most, int usual, boolean yesNo) {
    /** A few questions of ARC have five choices, and some three. */
    static final TaskShape ARC = new TaskShape(2, 8, 3, false);

    static final TaskShape YES_OR_NO = new TaskShape(2, 2, 2, true);
    private static final Set<String> YES_NO = Set.of("yes", "no");

    /** Of questions that all have so many choices. */
    static TaskShape of(int choices) {
        return new TaskShape(choices, choices, choices, false);
    }

    /** Why the questions of a file are another task's; null when they are this one's. */
    @Nullable String mismatch(List<Question> questions) {
        int largest = 0;
        boolean allYesNo = true;
        for (int i = 0; i < questions.size(); i++) {
            int choices = questions.get(i).choices().size();
            boolean isYesNo = isYesNo(questions.get(i));
            if (choices < fewest || choices > most) {
                return "question " + (i + 1) + " has " + choices + " choices; " + limits();
            }
            if (yesNo && !isYesNo) {
                return "the choices of question " + (i + 1) + " are not yes and no";
            }
            largest = Math.max(largest, choices);
            allYesNo &= isYesNo;
        }
        if (largest < usual) {
            return "every question has " + largest + " choices; " + limits();
        }
        return allYesNo && !yesNo ? "the choices of every question are yes and no, as boolq's" : null;
    }

    private String limits() {
        return fewest == most ? "each has " + most : "they have " + usual + " or more, at most " + most;
    }

    private static boolean isYesNo(Question question) {
        return question.choices().stream()
                .map(choice -> choice.answer().toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet())
                .equals(YES_NO);
    }
}
