package qroar.experiments.stopping;

import java.util.ArrayList;
import java.util.List;
import qroar.experiments.objective.PlanWindows;

/**
 * Successive halving (Jamieson and Talwalkar 2016): all candidates of a round read some documents, the better third
 * reads three times as many, and so on, until the last read all. Candidates are ranked by their gain to first order over
 * the documents read; no trial is stopped in mid-stream.
 *
 * <p>Assumes nothing and promises nothing: it bounds the tokens spent, not the probability of losing the best candidate.
 */
record SuccessiveHalving() implements StoppingRule {
    static final StoppingForm FORM = new StoppingForm(
            SuccessiveHalving.class,
            "halving",
            "at rungs that end with documents",
            "bounds tokens, not errors",
            StoppingForm.Guarantee.NONE,
            alpha -> new SuccessiveHalving());

    /** One in this many candidates goes on to the next rung. */
    static final int KEEP_ONE_IN = 3;

    @Override
    public Verdict judge(Race race, double[] nllPrefix) {
        return Verdict.UNDECIDED;
    }

    /** Each rung is at the end of a document. */
    @Override
    public List<Integer> rungs(PlanWindows plan, int candidates) {
        int rungCount = 1;
        for (int left = candidates; left > 1; left = survivors(left)) {
            rungCount++;
        }
        List<Integer> rungs = new ArrayList<>();
        for (int rung = 0; rung < rungCount; rung++) {
            double share = StrictMath.pow(KEEP_ONE_IN, rung + 1.0 - rungCount);
            int documents = (int) Math.ceil(plan.groups() * share - 1e-9);
            int windows = plan.groupEnd(Math.max(1, documents) - 1);
            if (rungs.isEmpty() || rungs.get(rungs.size() - 1) < windows) {
                rungs.add(windows);
            }
        }
        return rungs;
    }

    @Override
    public int survivors(int candidates) {
        return (candidates + KEEP_ONE_IN - 1) / KEEP_ONE_IN;
    }
}
