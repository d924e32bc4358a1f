package qroar.experiments.attribution;

import qroar.experiments.objective.DocumentSums;
import qroar.experiments.objective.Objective;
import qroar.experiments.objective.PlanWindows;

/**
 * What a candidate scores on search documents, with intervals over documents. Optimistic for whoever was chosen by it.
 *
 * @param objective J, with the interval of ln J carried over; NaN unless measured in full
 * @param gain ln J(reference) - ln J(candidate), paired; NaN unless measured in full
 */
public record CandidateScore(Interval objective, Interval gain) {
    /** Of a candidate that was not measured in full. */
    public static final CandidateScore UNKNOWN = new CandidateScore(
            new Interval(Double.NaN, Double.NaN, Double.NaN), new Interval(Double.NaN, Double.NaN, Double.NaN));

    /**
     * @param plan the documents that are compared
     * @param referenceNllNats losses of the point that the candidate was raced against
     * @param referenceObjective its J
     * @param nllNats losses of the candidate
     */
    public static CandidateScore of(
            PlanWindows plan,
            Objective objective,
            double[] referenceNllNats,
            double referenceObjective,
            double[] nllNats) {
        DocumentSums before = DocumentSums.of(plan, objective, referenceNllNats);
        DocumentSums after = DocumentSums.of(plan, objective, nllNats);
        double value = objective.value(plan, nllNats);
        Interval log = Interval.jackknife(plan.groups(), d -> log(objective, after, d));
        Interval gain = Interval.jackknife(plan.groups(), d -> log(objective, before, d) - log(objective, after, d));
        double estimate = StrictMath.log(referenceObjective) - StrictMath.log(value);
        return new CandidateScore(
                new Interval(value, StrictMath.exp(log.lower()), StrictMath.exp(log.upper())),
                new Interval(estimate, gain.lower(), gain.upper()));
    }

    private static double log(Objective objective, DocumentSums sums, int leftOut) {
        return StrictMath.log(objective.value(sums.means(leftOut)));
    }
}
