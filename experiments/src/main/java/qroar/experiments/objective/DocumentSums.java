package qroar.experiments.objective;

import java.util.List;
import qroar.protocol.trial.WindowSpan;

/**
 * Losses of one evaluation summed per document and length once, so that leaving out one document after the other costs
 * documents times lengths, and not windows: a report does that for every candidate.
 */
public final class DocumentSums {
    private final double[][] nllNats;
    private final long[][] tokens;

    private DocumentSums(int documents, int lengths) {
        this.nllNats = new double[documents][lengths];
        this.tokens = new long[documents][lengths];
    }

    /** @param nllNats one sum per window, at least all windows of the plan; what lies beyond is passed over */
    public static DocumentSums of(PlanWindows plan, double[] nllNats, List<Integer> lengths) {
        if (nllNats.length < plan.count()) {
            throw new IllegalArgumentException(nllNats.length + " losses for " + plan.count() + " windows");
        }
        DocumentSums sums = new DocumentSums(plan.documents(), lengths.size());
        for (WindowSpan window : plan.windows()) {
            for (int l = 0; l < lengths.size(); l++) {
                if (window.toPosition() <= lengths.get(l)) {
                    sums.nllNats[window.document()][l] += nllNats[window.index()];
                    sums.tokens[window.document()][l] += window.tokens();
                }
            }
        }
        return sums;
    }

    /**
     * Mean negative log-likelihood per token below each length.
     *
     * @param leftOut a document that does not count, or {@link PlanWindows#ALL_DOCUMENTS}
     * @return one mean per length; NaN where no token is left
     */
    public double[] meanNll(int leftOut) {
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
