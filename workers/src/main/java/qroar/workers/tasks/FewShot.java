package qroar.workers.tasks;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import qroar.protocol.BadInput;

/**
 * Answered examples in front of a question, blank lines between, as lm-evaluation-harness writes them. Which examples
 * depends on the seed and on the question's place in its file alone: the same under a limit, in any order, for every
 * model. A question equal to the one that is asked is never among them.
 *
 * @param pool where examples are drawn from, without replacement
 * @param shots k, may be 0
 * @param seed of the draw
 */
public record FewShot(List<Question> pool, int shots, long seed) {
    /** Spreads neighbouring places over the seeds. */
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private static final String BETWEEN = "\n\n";

    /** @throws BadInput when the pool has no {@code shots} examples besides a question */
    public FewShot {
        pool = List.copyOf(pool);
        if (shots < 0 || (shots > 0 && pool.size() <= shots)) {
            throw new BadInput(shots + " examples before each question; must lie between 0 and "
                    + Math.max(0, pool.size() - 1) + ", one less than there are to draw from");
        }
    }

    /** Nothing in front. */
    public static FewShot none() {
        return new FewShot(List.of(), 0, 0);
    }

    /**
     * The text in front of a question's context.
     *
     * @param place index of the question in its file
     */
    String prefix(Question question, int place) {
        StringBuilder text = new StringBuilder();
        for (Question example : examples(question, place)) {
            text.append(example.answered()).append(BETWEEN);
        }
        return text.toString();
    }

    List<Question> examples(Question question, int place) {
        SplittableRandom random = new SplittableRandom(seed + GOLDEN_GAMMA * (place + 1L));
        List<Question> drawn = new ArrayList<>();
        List<Question> left = new ArrayList<>(shots == 0 ? List.of() : pool);
        while (drawn.size() < shots) {
            if (left.isEmpty()) {
                throw new BadInput("fewer than " + shots + " examples differ from question " + (place + 1));
            }
            int at = random.nextInt(left.size());
            Question example = left.get(at);
            left.set(at, left.get(left.size() - 1));
            left.remove(left.size() - 1);
            if (!example.equals(question)) {
                drawn.add(example);
            }
        }
        return drawn;
    }
}
