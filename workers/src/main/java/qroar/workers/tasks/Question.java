package qroar.workers.tasks;

import java.util.List;

/**
 * A question and which of its choices is right.
 *
 * @param choices at least two
 * @param gold index of the right one
 */
public record Question(List<Choice> choices, int gold) {
    public Question {
        choices = List.copyOf(choices);
        if (choices.size() < 2) {
            throw new IllegalArgumentException("a question needs at least two choices, not " + choices.size());
        }
        if (gold < 0 || gold >= choices.size()) {
            throw new IllegalArgumentException(
                    "the right choice is " + gold + "; must lie between 0 and " + (choices.size() - 1));
        }
    }

    /** Question and right answer as one text. */
    String answered() {
        Choice right = choices.get(gold);
        return right.context() + right.continuation();
    }
}
