package qroar.experiments.objective;

import java.util.Arrays;
import java.util.List;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.WindowSpan;

/**
 * J(s) = sum over lengths L of w_L PPL_L(s), weights summing to one: the objective of perplexity.
 *
 * <p>The objective of needles is A(s), the mean over all answers of an answer's loss per token, each answer counting once; its J
 * is exp(A), the perplexity of a token of an answer. A mixture of share m has ln J = (1 - m) ln J(perplexity) + m A. Whatever
 * the aim, ln J is a mean loss in nats per token, and a gain a fall of it.
 *
 * @param lengths context lengths in tokens, rising
 * @param weights one positive weight per length; normalised to sum to one on the way in
 * @param aim what of the two counts
 * @param questions that a round asks, of every kind, length and depth one; 1 where none are asked
 */
public record Objective(List<Integer> lengths, List<Double> weights, Aim aim, int questions) {
    /** Of perplexity alone. */
    public Objective(List<Integer> lengths, List<Double> weights) {
        this(lengths, weights, Aim.PERPLEXITY, 1);
    }

    public Objective {
        lengths = List.copyOf(lengths);
        if (lengths.isEmpty() || lengths.size() != weights.size()) {
            throw new IllegalArgumentException(
                    weights.size() + " weights for " + lengths.size() + " lengths; give one weight per length");
        }
        double sum = 0;
        for (double weight : weights) {
            if (!(weight > 0) || Double.isInfinite(weight)) {
                throw new IllegalArgumentException("weight " + weight + " must be positive and finite");
            }
            sum += weight;
        }
        double total = sum;
        weights = weights.stream().map(weight -> weight / total).toList();
    }

    /** Weights proportional to the lengths. */
    public static Objective lengthWeighted(List<Integer> lengths) {
        return new Objective(lengths, lengths.stream().map(Integer::doubleValue).toList());
    }

    /** PPL_L = exp(mean loss at L). */
    public static double[] perplexities(double[] meanNll) {
        double[] perplexities = new double[meanNll.length];
        for (int l = 0; l < perplexities.length; l++) {
            perplexities[l] = StrictMath.exp(meanNll[l]);
        }
        return perplexities;
    }

    /** The same lengths and weights with another aim. */
    public Objective with(Aim other, int perRound) {
        return new Objective(lengths, weights, other, other.asks() ? perRound : 1);
    }

    /** The windows of a plan, in the documents or rounds of questions that this objective compares. */
    public PlanWindows windows(EvaluationPlan plan) {
        return new PlanWindows(plan, aim, questions);
    }

    /** J of perplexity from mean losses per length. */
    private double perplexity(double[] means) {
        double sum = 0;
        for (int l = 0; l < weights.size(); l++) {
            sum += weights.get(l) * StrictMath.exp(means[l]);
        }
        return sum;
    }

    /**
     * J from mean losses.
     *
     * @param means one per length, in nats per token, and behind them, where questions are asked, that of the answers; NaN
     *     and infinities go through
     */
    public double value(double[] means) {
        if (!aim.asks()) {
            return perplexity(means);
        }
        double answers = means[weights.size()];
        return StrictMath.exp(
                aim.readsTexts()
                        ? (1 - aim.needles()) * StrictMath.log(perplexity(means)) + aim.needles() * answers
                        : answers);
    }

    /**
     * What {@link #value(double[])} takes.
     *
     * @param nllNats one sum per window, all windows of the plan
     * @param leftOut a document or round that does not count, or {@link PlanWindows#ALL_GROUPS}
     */
    public double[] means(PlanWindows plan, double[] nllNats, int leftOut) {
        double[] lengthMeans = plan.groupedMeanNll(nllNats, lengths, leftOut);
        if (!aim.asks()) {
            return lengthMeans;
        }
        double[] means = Arrays.copyOf(lengthMeans, lengthMeans.length + 1);
        means[lengthMeans.length] = plan.meanAnswerNll(nllNats, leftOut);
        return means;
    }

    /** J of one full evaluation. */
    public double value(PlanWindows plan, double[] nllNats) {
        return value(means(plan, nllNats, PlanWindows.ALL_GROUPS));
    }

    /**
     * The weight of one nat in each window on ln J, to first order around a full evaluation: with v_L = w_L PPL_L / J,
     * d ln J = sum over L of v_L d(mean loss at L), so a window counts sum over the lengths that hold it of v_L / N_L,
     * N_L the tokens below L. An answer of n tokens counts 1 / (answers n). In a mixture both are times their share.
     * Multiplied by tokens, the weights of all windows sum to one.
     *
     * <p>By Jensen's inequality ln J(s) &gt;= ln J(incumbent) + sum of weight times loss difference: <b>the gain to first
     * order is an upper bound of the true gain</b>, and of answers it is the gain. A test that bounds the linear gain from
     * above bounds the true one too, and never gives up a winner because of the linearisation.
     */
    public double[] windowWeights(PlanWindows plan, double[] incumbentNllNats) {
        double[] result = new double[plan.count()];
        if (aim.readsTexts()) {
            double[] means = plan.groupedMeanNll(incumbentNllNats, lengths, PlanWindows.ALL_GROUPS);
            double objective = perplexity(means);
            double[] perplexities = perplexities(means);
            for (int l = 0; l < perplexities.length; l++) {
                int length = lengths.get(l);
                double perNat = weights.get(l) * perplexities[l] / objective / plan.scoredTokens(length);
                for (WindowSpan window : plan.windows()) {
                    result[window.index()] += plan.countsAt(window, length) ? (1 - aim.needles()) * perNat : 0;
                }
            }
        }
        if (aim.asks()) {
            for (WindowSpan window : plan.windows()) {
                if (plan.isAnswer(window)) {
                    result[window.index()] = aim.needles() / plan.answers() / window.tokens();
                }
            }
        }
        return result;
    }
}
