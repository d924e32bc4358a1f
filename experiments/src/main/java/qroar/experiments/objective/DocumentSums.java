package qroar.experiments.objective;

import java.util.List;
import qroar.protocol.trial.WindowSpan;

/**
 * Losses of one evaluation summed per document and length once, so that leaving out one document after the other costs
 * documents times lengths, and not windows: a report does that for every candidate.
 */
public final class DocumentSums {
    private final double[][] nllNats;
    /** Tokens below a length, and in the last place answers. */
    private final long[][] tokens;

    private DocumentSums(int documents, int figures) {
        this.nllNats = new double[documents][figures];
        this.tokens = new long[documents][figures];
    }

    /** @param nllNats one sum per window, at least all windows of the plan; what lies beyond is passed over */
    public static DocumentSums of(PlanWindows plan, Objective objective, double[] nllNats) {
        if (nllNats.length < plan.count()) {
            throw new IllegalArgumentException(nllNats.length + " losses for " + plan.count() + " windows");
        }
        List<Integer> lengths = objective.lengths();
        DocumentSums sums = new DocumentSums(
                plan.groups(), lengths.size() + (objective.aim().asks() ? 1 : 0));
        for (WindowSpan window : plan.windows()) {
            int document = plan.groupOf(window);
            if (document < 0) {
                continue;
            }
            for (int l = 0; l < lengths.size(); l++) {
                if (plan.countsAt(window, lengths.get(l))) {
                    sums.nllNats[document][l] += nllNats[window.index()];
                    sums.tokens[document][l] += window.tokens();
                }
            }
            if (plan.isAnswer(window)) {
                sums.nllNats[document][lengths.size()] += nllNats[window.index()] / window.tokens();
                sums.tokens[document][lengths.size()]++;
            }
        }
        return sums;
    }

    /**
     * What {@link Objective#value(double[])} takes: mean negative log-likelihood per token below each length, and of answers.
     *
     * @param leftOut a document that does not count, or {@link PlanWindows#ALL_GROUPS}
     * @return NaN where no token is left
     */
    public double[] means(int leftOut) {
        double[] means = new double[nllNats.length == 0 ? 0 : nllNats[0].length];
        for (int l = 0; l < means.length; l++) {
            double sum = 0;
            long count = 0;
            for (int d = 0; d < nllNats.length; d++) {
                if (d != leftOut) {
                    sum += nllNats[d][l];
                    count += tokens[d][l];
                }
            }
            means[l] = count == 0 ? Double.NaN : sum / count;
        }
        return means;
    }
}
