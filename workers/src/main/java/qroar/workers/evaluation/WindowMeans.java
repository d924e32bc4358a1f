package qroar.workers.evaluation;

/**
 * Averages over windows instead of tokens. A window none of whose labels has a token before it (a document's last token
 * alone in a window) has no mean and is passed over; the reference scripts end with NaN there.
 */
final class WindowMeans {
    private int windows;
    private double sumOfMeans;
    private double weightedSum;
    private long weight;

    /** @param labels of the window, of which one may lack a token before it and so a loss */
    void add(float[] nll, int from, int labels) {
        if (from == nll.length) {
            return;
        }
        double sum = 0;
        for (int i = from; i < nll.length; i++) {
            sum += nll[i];
        }
        double mean = sum / (nll.length - from);
        windows++;
        sumOfMeans += mean;
        weightedSum += mean * (labels - 1);
        weight += labels - 1;
    }

    /** Each window counts once. */
    double unweighted() {
        return sumOfMeans / windows;
    }

    /**
     * Each window counts by its labels minus one: right for the first one, whose first token has no loss, and one too few
     * for all others, but so the snippet was published and used.
     */
    double weightedByLabels() {
        return weightedSum / weight;
    }

    long labelWeight() {
        return weight;
    }
}
