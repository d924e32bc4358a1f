package qroar.experiments.statistics;

/** The upper tail of the standard normal distribution. */
public final class NormalTail {
    private NormalTail() {}

    /**
     * P(Z &gt; z) by the Chebyshev fit of Numerical Recipes, section 6.2: relative error below 1.2e-7 everywhere.
     */
    public static double upper(double z) {
        double x = Math.abs(z) / Math.sqrt(2);
        double t = 1 / (1 + 0.5 * x);
        double[] terms = {
            0.17087277,
            -0.82215223,
            1.48851587,
            -1.13520398,
            0.27886807,
            -0.18628806,
            0.09678418,
            0.37409196,
            1.00002368,
            -1.26551223
        };
        double sum = 0;
        for (double term : terms) {
            sum = sum * t + term;
        }
        double half = 0.5 * t * StrictMath.exp(-x * x + sum);
        return z >= 0 ? half : 1 - half;
    }
}
