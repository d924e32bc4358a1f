package qroar.workers.evaluation;

import java.util.Arrays;

/** Losses of scored tokens in order, with their sum in double. */
final class Losses {
    private double[] values = new double[1024];
    private int count;
    private double sum;

    void add(float[] nll, int from, int to) {
        if (count + (to - from) > values.length) {
            values = Arrays.copyOf(values, Math.max(2 * values.length, count + (to - from)));
        }
        for (int i = from; i < to; i++) {
            values[count++] = nll[i];
            sum += nll[i];
        }
    }

    long count() {
        return count;
    }

    double mean() {
        return sum / count;
    }

    double[] values() {
        return Arrays.copyOf(values, count);
    }
}
