package qroar.reports.plot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class TicksTest {
    @Test
    void ticksAreRoundRisingAndInside() {
        assertThat(Ticks.linear(0.77, 1.28, 6).labels()).containsExactly("0.8", "0.9", "1.0", "1.1", "1.2");
        assertThat(Ticks.linear(-0.05, 0.012, 3).labels()).containsExactly("\u22120.050", "\u22120.025", "0.000");
        assertThat(Ticks.log(0.08, 1500, 5).labels()).containsExactly("0.1", "1", "10", "100", "1000");
        assertThat(Ticks.log(40, 1700, 6).labels()).containsExactly("50", "100", "200", "500", "1000");
        assertThat(Ticks.log(1e-9, 1e9, 6).values()).hasSizeBetween(3, 8).isSorted();
    }

    @Test
    void anyRangeHasAFewDistinctTicks() {
        long seed = Long.getLong("seed", 11);
        Random random = new Random(seed);
        for (int i = 0; i < 3_000; i++) {
            double low = Math.exp(20 * random.nextGaussian() / 4) * (random.nextBoolean() ? 1 : -1);
            double high = low + Math.abs(low) * Math.exp(3 * random.nextGaussian() - 2);
            int wanted = 2 + random.nextInt(8);
            check(Ticks.linear(low, high, wanted), low, high, wanted + 2, seed);
            if (low > 0) {
                check(Ticks.log(low, high, wanted), low, high, 3 * wanted + 5, seed);
            }
        }
    }

    private static void check(Ticks ticks, double low, double high, int most, long seed) {
        String range = "[" + low + ", " + high + "] seed " + seed;
        double slack = 1e-6 * (high - low) + 1e-8 * Math.abs(high);
        assertThat(ticks.values()).as(range).hasSizeBetween(1, most).isSorted().doesNotHaveDuplicates();
        assertThat(ticks.labels()).as(range).doesNotHaveDuplicates();
        assertThat(ticks.values()).as(range).allMatch(value -> value >= low - slack && value <= high + slack);
    }
}
