package qroar.experiments.search;

import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Gains along one band, y(x) = slope x - curvature x^2 + const, through three measured points, or through two and a
 * curvature that is known.
 *
 * @param originX a measured position
 * @param originGain its gain, ln J(start) - ln J
 * @param slope at the origin, gain per position
 * @param curvature gain lost per squared position; positive where the gain has a maximum
 */
record Parabola(double originX, double originGain, double slope, double curvature) {
    /**
     * Through the best point and the two measured ones nearest to it. Null with fewer than three points and no known
     * curvature.
     *
     * @param gains by position, finite
     * @param known curvature, or NaN
     */
    static @Nullable Parabola through(NavigableMap<Integer, Double> gains, double known) {
        TreeMap<Integer, Double> near = new TreeMap<>(gains);
        Map.Entry<Integer, Double> best = best(gains);
        int origin = best.getKey();
        double y0 = best.getValue();
        near.remove(origin);
        while (near.size() > 2) {
            near.remove(origin - near.firstKey() > near.lastKey() - origin ? near.firstKey() : near.lastKey());
        }
        if (near.isEmpty()) {
            return null;
        }
        double x1 = near.firstKey() - (double) origin;
        double rise1 = (near.firstEntry().getValue() - y0) / x1;
        if (near.size() == 1) {
            return Double.isNaN(known) ? null : new Parabola(origin, y0, rise1 + known * x1, known);
        }
        double x2 = near.lastKey() - (double) origin;
        double rise2 = (near.lastEntry().getValue() - y0) / x2;
        double curvature = -(rise2 - rise1) / (x2 - x1);
        return new Parabola(origin, y0, rise1 + curvature * x1, curvature);
    }

    /** The largest gain with its position; of equal ones the first. */
    static Map.Entry<Integer, Double> best(NavigableMap<Integer, Double> gains) {
        return Collections.max(gains.entrySet(), Map.Entry.comparingByValue());
    }

    /** Where the gain is largest within [low, high]; the end that it rises to where there is no maximum. */
    double peak(double low, double high) {
        if (curvature > 0) {
            return Math.min(high, Math.max(low, originX + slope / (2 * curvature)));
        }
        return gain(high) >= gain(low) ? high : low;
    }

    double gain(double x) {
        double from = x - originX;
        return originGain + slope * from - curvature * from * from;
    }
}
