package qroar.experiments.statistics;

/**
 * Student's t and the normal distribution: upper tails and quantiles, for degrees of freedom that need not be whole.
 * Relative error of tails below 1e-6 down to 1e-12.
 */
public final class StudentT {
    private static final double[] LANCZOS = {
        676.5203681218851,
        -1259.1392167224028,
        771.32342877765313,
        -176.61502916214059,
        12.507343278686905,
        -0.13857109526572012,
        9.9843695780195716e-6,
        1.5056327351493116e-7
    };

    private StudentT() {}

    /** P(T &gt; t) with {@code df} &gt; 0 degrees of freedom. NaN for NaN; 0 and 1 at the infinities. */
    static double upperTail(double t, double df) {
        return upperTail(t, df, logInverseBeta(df / 2, 0.5));
    }

    private static double upperTail(double t, double df, double logInverseBeta) {
        if (Double.isNaN(t) || !(df > 0)) {
            return Double.NaN;
        }
        if (Double.isInfinite(t)) {
            return t > 0 ? 0 : 1;
        }
        double half = 0.5 * incompleteBeta(df / 2, 0.5, df / (df + t * t), logInverseBeta);
        return t >= 0 ? half : 1 - half;
    }

    /**
     * The t with P(T &gt; t) = p, by bisection and Newton steps on the logarithm of the tail.
     *
     * @param p in (0, 1/2]
     */
    public static double upperQuantile(double p, double df) {
        if (!(p > 0 && p <= 0.5) || !(df > 0)) {
            throw new IllegalArgumentException(
                    "tail " + p + " must lie in (0, 0.5], degrees of freedom " + df + " > 0");
        }
        // What depends on the degrees of freedom alone takes longer than all the rest.
        double logInverseBeta = logInverseBeta(df / 2, 0.5);
        double logPeak = logPeak(df);
        double low = 0;
        double high = 1;
        while (upperTail(high, df, logInverseBeta) > p && high < 1e150) {
            low = high;
            high *= 2;
        }
        double t = 0.5 * (low + high);
        for (int i = 0; i < 200 && high - low > 1e-12 * high; i++) {
            double tail = upperTail(t, df, logInverseBeta);
            if (tail > p) {
                low = t;
            } else {
                high = t;
            }
            // Newton on ln tail, which is close to linear; bisection where it leaves the bracket.
            double next = t + (StrictMath.log(tail) - StrictMath.log(p)) * tail / density(t, df, logPeak);
            if (Math.abs(next - t) <= 1e-13 * Math.abs(t)) {
                return next;
            }
            t = next > low && next < high ? next : 0.5 * (low + high);
        }
        return t;
    }

    private static double density(double t, double df, double logPeak) {
        return StrictMath.exp(logPeak - (df + 1) / 2 * StrictMath.log1p(t * t / df));
    }

    /** Logarithm of the density at 0. */
    private static double logPeak(double df) {
        return logGamma((df + 1) / 2) - logGamma(df / 2) - 0.5 * StrictMath.log(df * Math.PI);
    }

    /** Regularised incomplete beta function by Lentz's continued fraction (Numerical Recipes, section 6.4). */
    static double incompleteBeta(double a, double b, double x) {
        return incompleteBeta(a, b, x, logInverseBeta(a, b));
    }

    /** Logarithm of one over the beta function. */
    private static double logInverseBeta(double a, double b) {
        return logGamma(a + b) - logGamma(a) - logGamma(b);
    }

    private static double incompleteBeta(double a, double b, double x, double logInverseBeta) {
        if (x <= 0 || x >= 1) {
            return x <= 0 ? 0 : 1;
        }
        double front = StrictMath.exp(logInverseBeta + a * StrictMath.log(x) + b * StrictMath.log1p(-x));
        return x < (a + 1) / (a + b + 2) ? front * fraction(a, b, x) / a : 1 - front * fraction(b, a, 1 - x) / b;
    }

    private static double fraction(double a, double b, double x) {
        double tiny = 1e-300;
        double c = 1;
        double d = 1 / nonZero(1 - (a + b) * x / (a + 1), tiny);
        double h = d;
        for (int m = 1; m <= 10_000; m++) {
            double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1 / nonZero(1 + even * d, tiny);
            c = nonZero(1 + even / c, tiny);
            h *= d * c;
            double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
            d = 1 / nonZero(1 + odd * d, tiny);
            c = nonZero(1 + odd / c, tiny);
            h *= d * c;
            if (Math.abs(d * c - 1) < 1e-15) {
                break;
            }
        }
        return h;
    }

    private static double nonZero(double value, double tiny) {
        return Math.abs(value) < tiny ? tiny : value;
    }

    /** Lanczos approximation (g = 7, nine terms), relative error below 1e-14 for positive arguments. */
    static double logGamma(double x) {
        if (x < 0.5) {
            return StrictMath.log(Math.PI / StrictMath.sin(Math.PI * x)) - logGamma(1 - x);
        }
        double z = x - 1;
        double sum = 0.99999999999980993;
        for (int i = 0; i < LANCZOS.length; i++) {
            sum += LANCZOS[i] / (z + i + 1);
        }
        double t = z + 7.5;
        return 0.5 * StrictMath.log(2 * Math.PI) + (z + 0.5) * StrictMath.log(t) - t + StrictMath.log(sum);
    }
}
