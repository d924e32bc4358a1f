package qroar.experiments.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ParabolaTest {
    private static final double UNKNOWN = Double.NaN;

    @Test
    void threePointsOfAParabolaGiveItBack() {
        Random random = new Random(11);
        for (int i = 0; i < 1000; i++) {
            double peak = 100 * random.nextGaussian();
            double curvature = 0.001 + random.nextDouble();
            TreeMap<Integer, Double> gains = new TreeMap<>();
            while (gains.size() < 3) {
                int x = random.nextInt(201) - 100;
                gains.put(x, 3 - curvature * (x - peak) * (x - peak));
            }
            Parabola parabola = Parabola.through(gains, UNKNOWN);
            assertThat(parabola).isNotNull();
            assertThat(parabola.curvature()).isCloseTo(curvature, within(1e-6 * curvature + 1e-9));
            assertThat(parabola.peak(-1e6, 1e6)).isCloseTo(peak, within(1e-5));
            assertThat(parabola.gain(peak)).isCloseTo(3, within(1e-6));
        }
    }

    @Test
    void twoPointsAreEnoughWhereTheCurvatureIsKnown() {
        // y = 0.5 x - 0.25 x^2: peak at 1.
        TreeMap<Integer, Double> gains = new TreeMap<>(Map.of(0, 0.0, 4, -2.0));
        Parabola parabola = Parabola.through(gains, 0.25);
        assertThat(parabola).isNotNull();
        assertThat(parabola.peak(-10, 10)).isCloseTo(1, within(1e-12));
        assertThat(parabola.gain(1)).isCloseTo(0.25, within(1e-12));
        assertThat(Parabola.through(gains, UNKNOWN)).isNull();
    }

    @Test
    void onePointSaysNothing() {
        assertThat(Parabola.through(new TreeMap<>(Map.of(5, 1.0)), 0.25)).isNull();
    }

    @Test
    void ofManyPointsTheOnesAroundTheBestCount() {
        // A parabola with its peak at 2, and a point far away that does not lie on it.
        TreeMap<Integer, Double> gains = new TreeMap<>(Map.of(-40, 0.9, 1, -1.0, 2, 0.0, 3, -1.0));
        gains.put(2, 1.0);
        gains.put(1, 0.0);
        gains.put(3, 0.0);
        Parabola parabola = Parabola.through(gains, UNKNOWN);
        assertThat(parabola).isNotNull();
        assertThat(parabola.peak(-100, 100)).isCloseTo(2, within(1e-12));
    }

    @Test
    void peaksStayWithinReachAndValleysRiseToTheBetterEnd() {
        Parabola hill = new Parabola(0, 0, 6, 1);
        assertThat(hill.peak(-2, 2)).isEqualTo(2);
        assertThat(hill.peak(4, 5)).isEqualTo(4);
        Parabola valley = new Parabola(0, 0, 1, -1);
        assertThat(valley.peak(-2, 2)).isEqualTo(2);
        assertThat(valley.peak(-2, 0)).isEqualTo(-2);
        Parabola plain = new Parabola(0, 0, 0, 0);
        assertThat(plain.peak(-2, 2)).isEqualTo(2);
        assertThat(plain.gain(2)).isZero();
    }
}
