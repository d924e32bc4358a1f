package qroar.reports.plot;

import java.util.Comparator;
import java.util.stream.IntStream;

/** Moves labels along one axis, as little as needed, so that none covers another. */
public final class LabelSpread {
    private LabelSpread() {}

    /**
     * @param wanted where each label would lie, in pixels
     * @param gap smallest distance of two labels; shrinks where they do not fit
     * @param low smallest place
     * @param high largest place
     * @return where each lies, in the order of {@code wanted}, which keeps the order of their values
     */
    public static double[] spread(double[] wanted, double gap, double low, double high) {
        int count = wanted.length;
        double[] placed = new double[count];
        if (count == 0) {
            return placed;
        }
        double distance = count == 1 ? 0 : Math.min(gap, (high - low) / (count - 1));
        int[] order = IntStream.range(0, count)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> wanted[i]))
                .mapToInt(i -> i)
                .toArray();
        double previous = Double.NEGATIVE_INFINITY;
        for (int i : order) {
            placed[i] = Math.max(Math.max(wanted[i], low), previous + distance);
            previous = placed[i];
        }
        double next = high + distance;
        for (int k = count - 1; k >= 0; k--) {
            int i = order[k];
            placed[i] = Math.min(placed[i], next - distance);
            next = placed[i];
        }
        return placed;
    }
}
