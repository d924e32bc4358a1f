package qroar.protocol.rope;

import org.jspecify.annotations.Nullable;
import qroar.protocol.spec.SpecRange;

/** Ranges of the numbers in a {@link RopeScaling}: wide enough for every checkpoint, narrow enough to stay finite. */
final class ScalingLimits {
    private static final double MAX_EXTENSION = 1e6;
    private static final double MAX_NUMBER = 1e9;
    private static final int MAX_PAIRS = 4096;

    static final SpecRange EXTENSION = SpecRange.number(1, MAX_EXTENSION);
    static final SpecRange POSITIVE = SpecRange.above(0, MAX_NUMBER);
    static final SpecRange DIVISORS = SpecRange.numbersAbove(0, MAX_NUMBER);
    static final SpecRange WINDOW = SpecRange.whole(1, Integer.MAX_VALUE);

    private ScalingLimits() {}

    /** How many times longer the context becomes. */
    static void extension(String name, double value) {
        if (!(value >= 1 && value <= MAX_EXTENSION)) {
            throw new IllegalArgumentException(name + "=" + value + " must lie in [1, " + (long) MAX_EXTENSION + "]");
        }
    }

    static void positive(String name, @Nullable Double value) {
        if (value != null && !(value > 0 && value <= MAX_NUMBER)) {
            throw new IllegalArgumentException(
                    name + "=" + value + " must be above 0 and at most " + (long) MAX_NUMBER);
        }
    }

    static void window(String name, @Nullable Integer tokens) {
        if (tokens != null && tokens < 1) {
            throw new IllegalArgumentException(name + "=" + tokens + " must be at least 1 token");
        }
    }

    static void divisors(String name, double[] values) {
        if (values.length < 1 || values.length > MAX_PAIRS) {
            throw new IllegalArgumentException(
                    name + " has " + values.length + " values; from 1 to " + MAX_PAIRS + " are possible");
        }
        for (double value : values) {
            positive(name, value);
        }
    }
}
