package qroar.reports.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class AxisTest {
    @Test
    void valuesLieWhereTheirShareOfTheRangeSays() {
        Axis linear = new Axis(Axis.Kind.LINEAR, -1, 3, 100, 20);
        assertThat(linear.at(-1)).isEqualTo(100);
        assertThat(linear.at(1)).isEqualTo(60);
        assertThat(linear.clamped(9)).isEqualTo(20);
        Axis log = new Axis(Axis.Kind.LOG, 512, 8192, 0, 400);
        assertThat(log.at(1024)).isCloseTo(100, within(1e-9));
        assertThat(log.at(4096)).isCloseTo(300, within(1e-9));
    }

    @Test
    void aSingleValueGetsARangeAroundIt() {
        assertThat(Axis.linear(3, 3, 0.1, 0, 10).at(3)).isEqualTo(5);
        assertThat(Axis.linear(0, 0, 0.1, 0, 10).at(0)).isEqualTo(5);
        assertThat(Axis.log(512, 512, 0.1, 0, 10).at(512)).isCloseTo(5, within(1e-9));
    }

    @Test
    void rangesWithoutExtentOrNumbersAreRefused() {
        assertThatThrownBy(() -> new Axis(Axis.Kind.LINEAR, 1, 1, 0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Axis(Axis.Kind.LINEAR, Double.NaN, 1, 0, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Axis(Axis.Kind.LOG, 0, 1, 0, 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
