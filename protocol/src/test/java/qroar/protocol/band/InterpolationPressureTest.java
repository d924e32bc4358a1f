package qroar.protocol.band;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import qroar.protocol.rope.InverseFrequencies;
import qroar.protocol.rope.RopeFrequencies;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.rope.YarnScaling;

class InterpolationPressureTest {
    private static final BandPartition TWO = new BandPartition(List.of(new Band(0, 1), new Band(1, 3)));
    private static final RopeFrequencies TRAINED = new RopeFrequencies(new double[] {1, 0.1, 0.01}, 1);
    private static final RopeFrequencies DIVIDED = new RopeFrequencies(new double[] {0.25, 0.025, 0.0025}, 1.1);

    @Test
    void pressureIsTheMeanPhaseOfABand() {
        assertThat(InterpolationPressure.ofBands(TWO, TRAINED, 100))
                .containsExactly(new double[] {100, 5.5}, within(1e-12));
    }

    @Test
    void pressureGrowsWithFrequencyAndDisplacement() {
        RopeGeometry geometry = new RopeGeometry(128, 1e4, 4096, null);
        RopeFrequencies yarn = InverseFrequencies.of(geometry, YarnScaling.of(4, null), 0);
        BandPartition bands = BandPartition.logSpaced(64, 8);
        double[] near = InterpolationPressure.ofBands(bands, yarn, 1000);
        double[] far = InterpolationPressure.ofBands(bands, yarn, 2000);
        for (int b = 0; b < near.length; b++) {
            assertThat(far[b]).isEqualTo(2 * near[b]);
            if (b > 0) {
                assertThat(near[b]).isLessThan(near[b - 1]);
            }
        }
    }

    @Test
    void deviationIsTheMeanTurnAwayFromWhatWasTrained() {
        assertThat(InterpolationPressure.phaseDeviation(TWO, TRAINED, DIVIDED, 100))
                .containsExactly(new double[] {75, 4.125}, within(1e-12));
        assertThat(InterpolationPressure.phaseDeviation(TWO, DIVIDED, TRAINED, 100))
                .containsExactly(new double[] {75, 4.125}, within(1e-12));
        assertThat(InterpolationPressure.phaseDeviation(TWO, TRAINED, TRAINED, 100))
                .containsExactly(0.0, 0.0);
    }

    @Test
    void noDisplacementNoPressure() {
        assertThat(InterpolationPressure.ofBands(TWO, TRAINED, 0)).containsExactly(0.0, 0.0);
    }

    @Test
    void whatCannotBeADisplacementIsRefused() {
        for (double displacement : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> InterpolationPressure.ofBands(TWO, TRAINED, displacement))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> InterpolationPressure.ofBands(BandPartition.logSpaced(4, 2), TRAINED, 1))
                .hasMessage("3 frequencies for bands over 4 RoPE pairs");
    }
}
