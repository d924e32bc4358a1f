package qroar.experiments.attribution;

import qroar.experiments.objective.PlanWindows;
import qroar.experiments.statistics.StudentT;

/**
 * An estimate with a confidence interval. Bounds are infinite where one document leaves nothing to estimate scatter from,
 * and all three are NaN where the estimate is.
 */
public record Interval(double estimate, double lower, double upper) {
    /** Two-sided confidence of all intervals in a report. */
    public static final double CONFIDENCE = 0.95;

    /** A figure of a plan's documents, computed from all of them but one. */
    @FunctionalInterface
    interface Statistic {
        /** @param leftOut a document, or {@link PlanWindows#ALL_GROUPS} */
        double of(int leftOut);
    }

    /**
     * Delete-one-document jackknife (Efron and Tibshirani 1993, chapter 11) with n - 1 degrees of freedom: documents are
     * the independent units, so windows may be correlated within them; paired figures are differences inside the
     * statistic. Variance (n-1)/n sum (theta_(i) - mean)^2.
     */
    static Interval jackknife(int documents, Statistic statistic) {
        double estimate = statistic.of(PlanWindows.ALL_GROUPS);
        if (Double.isNaN(estimate)) {
            return new Interval(Double.NaN, Double.NaN, Double.NaN);
        }
        if (documents < 2) {
            return new Interval(estimate, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
        }
        double[] without = new double[documents];
        double mean = 0;
        for (int d = 0; d < documents; d++) {
            without[d] = statistic.of(d);
            mean += without[d] / documents;
        }
        double squares = 0;
        for (double value : without) {
            squares += (value - mean) * (value - mean);
        }
        double error = Math.sqrt(squares * (documents - 1) / documents);
        double reach = StudentT.upperQuantile((1 - CONFIDENCE) / 2, documents - 1.0) * error;
        return Double.isNaN(reach)
                ? new Interval(estimate, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY)
                : new Interval(estimate, estimate - reach, estimate + reach);
    }

    /** Of exp of the figure. */
    Interval exp() {
        return new Interval(StrictMath.exp(estimate), StrictMath.exp(lower), StrictMath.exp(upper));
    }

    /** Whether all of it lies above zero. */
    public boolean isPositive() {
        return lower > 0;
    }

    /** Whether all of it lies below zero. */
    public boolean isNegative() {
        return upper < 0;
    }
}
