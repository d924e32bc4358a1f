package qroar.reports.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LabelSpreadTest {
    @Test
    void labelsKeepTheirOrderTheirDistanceAndTheRange() {
        long seed = Long.getLong("seed", 5);
        Random random = new Random(seed);
        for (int i = 0; i < 5_000; i++) {
            double[] wanted = random.doubles(1 + random.nextInt(8), -20, 220).toArray();
            double[] placed = LabelSpread.spread(wanted, 14, 0, 200);
            for (int a = 0; a < wanted.length; a++) {
                assertThat(placed[a]).as("seed " + seed).isBetween(-1e-9, 200 + 1e-9);
                for (int b = 0; b < a; b++) {
                    assertThat(Math.abs(placed[a] - placed[b])).isGreaterThan(14 - 1e-9);
                    assertThat(wanted[a] < wanted[b]).isEqualTo(placed[a] < placed[b]);
                }
            }
        }
    }

    @Test
    void labelsThatDoNotCollideStay() {
        assertThat(LabelSpread.spread(new double[] {80, 10, 40}, 14, 0, 100)).containsExactly(80, 10, 40);
        assertThat(LabelSpread.spread(new double[0], 14, 0, 100)).isEmpty();
    }

    @Test
    void tooManyLabelsShareTheRangeEvenly() {
        double[] wanted = new double[11];
        Arrays.fill(wanted, 50);
        double[] placed = LabelSpread.spread(wanted, 14, 0, 100);
        Arrays.sort(placed);
        for (int i = 0; i < placed.length; i++) {
            assertThat(placed[i]).isCloseTo(10.0 * i, within(1e-9));
        }
    }
}
