package qroar.experiments.statistics;

/** Clopper-Pearson bounds of a proportion: exact, conservative. */
public final class Binomial {
    private Binomial() {}

    /** The p at which at least {@code hits} have probability {@code tail}; 0 without hits. */
    public static double lower(int hits, int runs, double tail) {
        return hits == 0 ? 0 : 1 - betaQuantile(1 - tail, runs - hits + 1.0, hits);
    }

    /** The p at which at most {@code hits} have probability {@code tail}; 1 when all are hits. */
    public static double upper(int hits, int runs, double tail) {
        return hits == runs ? 1 : betaQuantile(1 - tail, hits + 1.0, (double) runs - hits);
    }

    private static double betaQuantile(double probability, double a, double b) {
        double low = 0;
        double high = 1;
        for (int i = 0; i < 60; i++) {
            double middle = 0.5 * (low + high);
            if (StudentT.incompleteBeta(a, b, middle) < probability) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return 0.5 * (low + high);
    }
}
