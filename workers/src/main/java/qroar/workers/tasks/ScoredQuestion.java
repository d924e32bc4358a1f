package qroar.workers.tasks;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import qroar.workers.items.ScoredItem;

/**
 * A question's choices with their scores.
 *
 * @param place index of the question in its file
 * @param gold index of the right choice
 * @param choices in order
 */
public record ScoredQuestion(int place, int gold, List<ChoiceScore> choices) {
    public ScoredQuestion {
        choices = List.copyOf(choices);
    }

    /**
     * A question as it was scored elsewhere.
     *
     * @param item that it was read as
     * @param logLikelihoods of its choices, in nats
     */
    public static ScoredQuestion of(Question question, int place, ScoredItem item, double[] logLikelihoods) {
        List<ChoiceScore> scores = new ArrayList<>();
        for (int i = 0; i < logLikelihoods.length; i++) {
            ScoredItem.Prompt prompt = item.prompts().get(i);
            scores.add(new ChoiceScore(
                    prompt.context(),
                    prompt.continuation(),
                    logLikelihoods[i],
                    question.choices().get(i).answerBytes()));
        }
        return new ScoredQuestion(place, question.gold(), scores);
    }

    /** Whether the likeliest choice is the right one. */
    public boolean isRight() {
        return best(ChoiceScore::logLikelihood) == gold;
    }

    /** The same per byte of the answer. */
    public boolean isRightPerByte() {
        return best(ChoiceScore::perByte) == gold;
    }

    /** The first of the largest; -1, so never right, when every score is NaN. */
    private int best(ToDoubleFunction<ChoiceScore> score) {
        int best = -1;
        for (int i = 0; i < choices.size(); i++) {
            double value = score.applyAsDouble(choices.get(i));
            if (!Double.isNaN(value) && (best < 0 || value > score.applyAsDouble(choices.get(best)))) {
                best = i;
            }
        }
        return best;
    }
}
