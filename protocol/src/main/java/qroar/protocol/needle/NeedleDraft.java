package qroar.protocol.needle;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One drawn question, but for its haystack.
 *
 * @param opening what stands before the haystack
 * @param haystack what the needles go into
 * @param decoys the next sentence of a haystack of {@link HaystackKind#NEEDLES}, no key or value of which is a needle's
 * @param needles in the order in which they stand in the text
 * @param question what stands behind the haystack, the beginning of the answer included
 * @param answer what a model should go on with, as one of the ways to say it: the values in the order of the text
 * @param references strings that RULER looks for in what a model says
 * @param example an answered example before it all, or null
 */
public record NeedleDraft(
        String opening,
        HaystackKind haystack,
        Supplier<String> decoys,
        List<Needle> needles,
        String question,
        String answer,
        List<String> references,
        @Nullable Example example) {
    public NeedleDraft {
        needles = List.copyOf(needles);
        references = List.copyOf(references);
        for (int i = 1; i < needles.size(); i++) {
            if (needles.get(i).depthPercent() < needles.get(i - 1).depthPercent()) {
                throw new IllegalArgumentException("needle " + i + " lies before the one before it");
            }
        }
    }

    /**
     * A sentence to hide.
     *
     * @param depthPercent share of the haystack's sentences or lines that stand before it, 0 to 100
     */
    public record Needle(String sentence, double depthPercent) {
        public Needle {
            if (!(depthPercent >= 0 && depthPercent <= 100)) {
                throw new IllegalArgumentException("depth " + depthPercent + " must lie in 0 to 100 per cent");
            }
        }

        /** How many of so many sentences or lines stand before it. */
        public int place(int sentences) {
            return (int) (sentences * (depthPercent / 100));
        }
    }

    /**
     * A question with its answer.
     *
     * @param mostTokens of it, answer not counted
     */
    public record Example(NeedleDraft question, int mostTokens) {}
}
