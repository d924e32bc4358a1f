package qroar.protocol.needle;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Depths that RULER draws from: forty between 0 and 100 per cent, rounded to whole ones (a half to the even one). */
final class NeedleDepths {
    private static final int COUNT = 40;

    private static final List<Double> ALL = IntStream.range(0, COUNT)
            .mapToObj(i -> Math.rint(100.0 * i / (COUNT - 1)))
            .toList();

    private NeedleDepths() {}

    /** So many different ones, sorted; where more are wanted than there are, again from all of them. */
    static List<Double> drawn(NeedleRandom random, int count) {
        return drawn(random, count, ALL);
    }

    /**
     * One for each needle: the first is given, the others are drawn; in that order.
     *
     * @param first null to draw it too
     */
    static List<Double> around(NeedleRandom random, int count, @Nullable Double first) {
        if (first == null) {
            return random.some(repeated(ALL, count), count);
        }
        List<Double> depths = new ArrayList<>(List.of(first));
        List<Double> others = ALL.stream().filter(depth -> !depth.equals(first)).toList();
        depths.addAll(random.some(repeated(others, count - 1), count - 1));
        return depths;
    }

    /**
     * Sorted, the first at the given depth and the others behind it.
     *
     * @param first null to draw all of them
     */
    static List<Double> behind(NeedleRandom random, int count, @Nullable Double first) {
        if (first == null) {
            return drawn(random, count);
        }
        List<Double> later = ALL.stream().filter(depth -> depth > first).toList();
        List<Double> depths = new ArrayList<>(List.of(first));
        depths.addAll(later.isEmpty() ? repeated(List.of(first), count - 1) : drawn(random, count - 1, later));
        return depths;
    }

    private static List<Double> drawn(NeedleRandom random, int count, List<Double> from) {
        List<Double> drawn = random.some(repeated(from, count), count);
        return drawn.stream().sorted().toList();
    }

    /** At least so many, each as often as the others. */
    private static List<Double> repeated(List<Double> depths, int count) {
        List<Double> all = new ArrayList<>(depths);
        while (all.size() < count) {
            all.addAll(depths);
        }
        return all;
    }
}
