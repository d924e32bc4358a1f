package qroar.experiments.study.cost;

import qroar.experiments.study.Study;
import qroar.protocol.trial.EvaluationPlan;

/**
 * Forward tokens of the search that ours is compared with: one pass over the bands, every candidate of every grid, each
 * evaluated in full under the strided protocol, which makes a pass of its own for every length. Worked out, not run;
 * {@code qroar bench search} runs it.
 */
public final class ExhaustiveCost {
    /** Stride of the strided protocol, as YaRN's evaluation script has it. */
    public static final int STRIDE_TOKENS = 256;

    private ExhaustiveCost() {}

    /** Of a study whose bands all have the grid's number of candidates, the unscaled model evaluated once. */
    public static long forwardTokens(Study study) {
        return forwardTokens(study, STRIDE_TOKENS);
    }

    /**
     * @param stride in tokens, at least 1 and at most the shortest length
     */
    public static long forwardTokens(Study study, int stride) {
        long candidates = (long) study.partition().cellCount() * (study.search().gridSize() - 1);
        return (1 + candidates) * evaluation(study.searchPlan(), stride);
    }

    /** Of one evaluation of a plan, all its lengths. */
    public static long evaluation(EvaluationPlan plan, int stride) {
        long tokens = 0;
        for (int document = 0; document < plan.documents().size(); document++) {
            if (plan.isAnswer(document)) {
                // A question has no lengths: whoever asks it reads it once.
                tokens += plan.positions(document);
                continue;
            }
            for (int length : plan.lengths()) {
                tokens += strided(plan.positions(document), length, stride);
            }
        }
        return tokens;
    }

    /**
     * Of one document at one length: windows begin at 0, stride, 2 stride, ... and the last one ends with the document.
     * A last window of a single token predicts nothing and is not run.
     */
    static long strided(int documentTokens, int length, int stride) {
        if (documentTokens <= length) {
            return documentTokens;
        }
        long whole = (documentTokens - length) / stride + 1L;
        boolean rest = (documentTokens - length) % stride != 0;
        long last = rest ? documentTokens - whole * stride : 0;
        return whole * length + (last == 1 ? 0 : last);
    }
}
