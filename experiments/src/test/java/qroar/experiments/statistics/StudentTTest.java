package qroar.experiments.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StudentTTest {
    /** Tables of the distribution, as in any textbook. */
    @ParameterizedTest
    @CsvSource({
        "0.025,1,12.7062",
        "0.025,4,2.77645",
        "0.05,9,1.83311",
        "0.005,2,9.92484",
        "0.001,7,4.78529",
        "0.025,1000000,1.95997",
        "0.5,3,0"
    })
    void quantilesAreThoseOfTheTables(double tail, double df, double expected) {
        assertThat(StudentT.upperQuantile(tail, df)).isCloseTo(expected, within(2e-5 * Math.max(1, expected)));
    }

    @Test
    void quantileInvertsTheTailFarOutAndForFractionalDegrees() {
        for (double df : new double[] {0.7, 1, 3.3, 14, 63}) {
            for (double tail : new double[] {0.4, 0.01, 1e-4, 1e-8}) {
                double t = StudentT.upperQuantile(tail, df);
                assertThat(StudentT.upperTail(t, df) / tail).isCloseTo(1, within(1e-6));
            }
        }
    }

    @Test
    void normalTailIsTheLimit() {
        assertThat(NormalTail.upper(1.959964)).isCloseTo(0.025, within(1e-7));
        assertThat(NormalTail.upper(-1.959964)).isCloseTo(0.975, within(1e-7));
        assertThat(NormalTail.upper(6) / 9.8659e-10).isCloseTo(1, within(1e-4));
    }

    @Test
    void nonsenseIsNaN() {
        assertThat(StudentT.upperTail(Double.NaN, 3)).isNaN();
        assertThat(StudentT.upperTail(1, 0)).isNaN();
        assertThat(StudentT.upperTail(Double.POSITIVE_INFINITY, 3)).isZero();
        assertThat(StudentT.upperTail(Double.NEGATIVE_INFINITY, 3)).isEqualTo(1);
    }
}
