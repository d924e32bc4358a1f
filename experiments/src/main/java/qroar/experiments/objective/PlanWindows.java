package qroar.experiments.objective;

import java.util.ArrayList;
import java.util.List;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.WindowSpan;

/**
 * The windows of a plan, and sums over them: mean losses per length, tokens of a prefix. Losses are always arrays of
 * one sum of negative log-likelihoods (nats) per window, in plan order, possibly a prefix.
 *
 * <p>Immutable.
 */
public final class PlanWindows {
    /** For {@link #meanNll}: leave no document out. */
    public static final int ALL_DOCUMENTS = -1;

    private final EvaluationPlan plan;
    private final List<WindowSpan> windows;
    private final int[] documentEnds;

    public PlanWindows(EvaluationPlan plan) {
        this.plan = plan;
        this.windows = plan.windows();
        this.documentEnds = new int[plan.documents().size()];
        for (WindowSpan window : windows) {
            documentEnds[window.document()] = window.index() + 1;
        }
    }

    /** The windows of the first documents of the plan, which have the same numbers; this when there are no more. */
    public PlanWindows first(int documents) {
        return documents >= documents() ? this : new PlanWindows(plan.first(documents));
    }

    public EvaluationPlan plan() {
        return plan;
    }

    public List<WindowSpan> windows() {
        return windows;
    }

    public int count() {
        return windows.size();
    }

    public int documents() {
        return documentEnds.length;
    }

    /** Number of windows from the start of the plan to the end of a document. */
    public int documentEnd(int document) {
        return documentEnds[document];
    }

    /** Tokens that go through the model for the first windows of the plan, the unscored first ones included. */
    public long forwardTokens(int windowCount) {
        return plan.forwardTokens(0, windowCount);
    }

    /**
     * Mean negative log-likelihood per token, over the tokens at positions below each length, of all documents.
     *
     * @param nllNats one sum per window, all windows of the plan
     * @param leftOut a document that does not count, or {@link #ALL_DOCUMENTS}
     * @return one mean per length; NaN where no token is left
     */
    public double[] meanNll(double[] nllNats, List<Integer> lengths, int leftOut) {
        if (nllNats.length != windows.size()) {
            throw new IllegalArgumentException(nllNats.length + " losses for " + windows.size() + " windows");
        }
        double[] means = new double[lengths.size()];
        for (int l = 0; l < means.length; l++) {
            double sum = 0;
            long tokens = 0;
            for (WindowSpan window : windows) {
                if (window.document() != leftOut && window.toPosition() <= lengths.get(l)) {
                    sum += nllNats[window.index()];
                    tokens += window.tokens();
                }
            }
            means[l] = tokens == 0 ? Double.NaN : sum / tokens;
        }
        return means;
    }

    /** Scored tokens at positions below a length, over all documents. */
    public long scoredTokens(int length) {
        return windows.stream()
                .filter(window -> window.toPosition() <= length)
                .mapToLong(WindowSpan::tokens)
                .sum();
    }

    /** Indices of the windows of one document. */
    public List<Integer> windowsOf(int document) {
        List<Integer> indices = new ArrayList<>();
        for (int w = document == 0 ? 0 : documentEnds[document - 1]; w < documentEnds[document]; w++) {
            indices.add(w);
        }
        return indices;
    }
}
