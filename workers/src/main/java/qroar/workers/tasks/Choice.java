package qroar.workers.tasks;

import java.nio.charset.StandardCharsets;

/**
 * One answer of a question, as text for a model.
 *
 * @param context what comes before, without white space at its end
 * @param answer what is scored, without the space between the two
 */
public record Choice(String context, String answer) {
    public Choice {
        context = context.stripTrailing();
        answer = answer.strip();
        if (context.isEmpty() || answer.isEmpty()) {
            throw new IllegalArgumentException("context and answer must not be empty");
        }
    }

    /** The answer with the space before it: what the model continues the context with. */
    String continuation() {
        return " " + answer;
    }

    /** UTF-8 length of the answer, by which {@code acc_norm} divides. */
    int answerBytes() {
        return answer.getBytes(StandardCharsets.UTF_8).length;
    }
}
