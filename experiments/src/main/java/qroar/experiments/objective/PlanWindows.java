package qroar.experiments.objective;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.WindowSpan;

/**
 * The windows of a plan, and sums over them: mean losses per length, tokens of a prefix. Losses are always arrays of
 * one sum of negative log-likelihoods (nats) per window, in plan order, possibly a prefix.
 *
 * <p>Windows lie in <b>groups</b>, which are what is independent of one another: compared as wholes, left out in turn, screened and
 * ranked by. Where perplexity is sought a group is a document. Where needles are, it is a round of questions, one of every kind,
 * length and depth, and texts lie in none. In a mixture it is a document with the questions before it.
 *
 * <p>Immutable.
 */
public final class PlanWindows {
    /** For {@link #meanNll}: leave none out. */
    public static final int ALL_GROUPS = -1;

    private static final int NO_GROUP = -1;

    private final EvaluationPlan plan;
    private final Aim aim;
    private final int questions;
    private final List<WindowSpan> windows;
    /** By document of the plan. */
    private final int[] groupOfDocument;

    private final int[] groupStarts;
    private final int[] groupEnds;
    private final int texts;
    private final int answers;

    /** Each document is a group. */
    public PlanWindows(EvaluationPlan plan) {
        this(plan, Aim.PERPLEXITY, 1);
    }

    /**
     * Groups of an aim.
     *
     * @param questions of a round
     */
    PlanWindows(EvaluationPlan plan, Aim aim, int questions) {
        this.plan = plan;
        this.aim = aim;
        this.questions = questions;
        this.windows = plan.windows();
        int documents = plan.documents().size();
        this.groupOfDocument = new int[documents];
        int readTexts = 0;
        int readAnswers = 0;
        int count = 0;
        for (int d = 0; d < documents; d++) {
            boolean answer = plan.isAnswer(d);
            groupOfDocument[d] = aim.readsTexts() ? readTexts : answer ? readAnswers / questions : NO_GROUP;
            count = Math.max(count, groupOfDocument[d] + 1);
            readTexts += answer ? 0 : 1;
            readAnswers += answer ? 1 : 0;
        }
        this.texts = readTexts;
        this.answers = readAnswers;
        this.groupStarts = new int[count];
        this.groupEnds = new int[count];
        for (WindowSpan window : windows) {
            int group = groupOfDocument[window.document()];
            if (group != NO_GROUP) {
                groupStarts[group] = groupEnds[group] == 0 ? window.index() : groupStarts[group];
                groupEnds[group] = window.index() + 1;
            }
        }
    }

    /** The windows of the first groups of the plan, which have the same numbers; this when there are no more. */
    public PlanWindows first(int count) {
        return count >= groups()
                ? this
                : new PlanWindows(
                        plan.first(windows.get(groupEnd(count - 1) - 1).document() + 1), aim, questions);
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

    /** Number of groups: documents, or rounds of questions. */
    public int groups() {
        return groupEnds.length;
    }

    /** Number of windows from the start of the plan to the end of a group. */
    public int groupEnd(int group) {
        return groupEnds[group];
    }

    /** The group of a window, or -1 for none. */
    public int groupOf(WindowSpan window) {
        return groupOfDocument[window.document()];
    }

    /** Documents that are no answers. */
    public int texts() {
        return texts;
    }

    /** Documents that are answers. */
    public int answers() {
        return answers;
    }

    /** Whether a window is an answer, and not a part of a text. */
    public boolean isAnswer(WindowSpan window) {
        return plan.isAnswer(window.document());
    }

    /** Whether a window is of a text, and before a length's end. */
    boolean countsAt(WindowSpan window, int length) {
        return window.toPosition() <= length && !isAnswer(window);
    }

    /** Tokens that go through the model for the first windows of the plan, the unscored first ones included. */
    public long forwardTokens(int windowCount) {
        return plan.forwardTokens(0, windowCount);
    }

    /**
     * Mean negative log-likelihood per token, over the tokens at positions below each length, of all texts.
     *
     * @param nllNats one sum per window, all windows of the plan
     * @param leftOut a text that does not count, or {@link #ALL_GROUPS}
     * @return one mean per length; NaN where no token is left
     */
    public double[] meanNll(double[] nllNats, List<Integer> lengths, int leftOut) {
        int document = leftOut == ALL_GROUPS ? ALL_GROUPS : textAt(leftOut);
        return meanNll(nllNats, lengths, window -> window.document() != document);
    }

    /** The same with a group left out, and of texts that lie in one. */
    double[] groupedMeanNll(double[] nllNats, List<Integer> lengths, int leftOut) {
        return meanNll(nllNats, lengths, window -> groupOf(window) != NO_GROUP && groupOf(window) != leftOut);
    }

    private int textAt(int sought) {
        int seen = 0;
        for (int d = 0; d < groupOfDocument.length; d++) {
            if (!plan.isAnswer(d) && seen++ == sought) {
                return d;
            }
        }
        throw new IndexOutOfBoundsException(sought);
    }

    private double[] meanNll(double[] nllNats, List<Integer> lengths, Predicate<WindowSpan> counts) {
        requireAll(nllNats);
        double[] means = new double[lengths.size()];
        for (int l = 0; l < means.length; l++) {
            double sum = 0;
            long tokens = 0;
            for (WindowSpan window : windows) {
                if (countsAt(window, lengths.get(l)) && counts.test(window)) {
                    sum += nllNats[window.index()];
                    tokens += window.tokens();
                }
            }
            means[l] = tokens == 0 ? Double.NaN : sum / tokens;
        }
        return means;
    }

    private void requireAll(double[] nllNats) {
        if (nllNats.length != windows.size()) {
            throw new IllegalArgumentException(nllNats.length + " losses for " + windows.size() + " windows");
        }
    }

    /**
     * Mean over answers of their loss per token.
     *
     * @param nllNats one sum per window, all windows of the plan
     * @param leftOut a group that does not count, or {@link #ALL_GROUPS}
     * @return nats per token; NaN where no answer is left
     */
    public double meanAnswerNll(double[] nllNats, int leftOut) {
        requireAll(nllNats);
        double sum = 0;
        int count = 0;
        for (WindowSpan window : windows) {
            if (isAnswer(window) && groupOf(window) != leftOut) {
                sum += nllNats[window.index()] / window.tokens();
                count++;
            }
        }
        return count == 0 ? Double.NaN : sum / count;
    }

    /** Scored tokens of texts at positions below a length, over all texts. */
    public long scoredTokens(int length) {
        return windows.stream()
                .filter(window -> countsAt(window, length))
                .mapToLong(WindowSpan::tokens)
                .sum();
    }

    /** Indices of the windows of one group. */
    public List<Integer> windowsOf(int group) {
        List<Integer> indices = new ArrayList<>();
        for (int w = groupStarts[group]; w < groupEnds[group]; w++) {
            indices.add(w);
        }
        return indices;
    }
}
