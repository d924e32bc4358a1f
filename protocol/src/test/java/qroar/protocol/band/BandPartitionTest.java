package qroar.protocol.band;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import qroar.protocol.rope.InverseFrequencies;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.rope.RopeGeometry;

class BandPartitionTest {
    @Test
    void everyPairIsInExactlyOneBandAndNoBandIsEmpty() {
        for (int pairs = 1; pairs <= 128; pairs++) {
            for (int wanted = 1; wanted <= 16; wanted++) {
                BandPartition partition = BandPartition.logSpaced(pairs, wanted);
                assertThat(partition.bandCount()).isEqualTo(Math.min(pairs, wanted));
                assertThat(partition.pairCount()).isEqualTo(pairs);
                int next = 0;
                int fewest = pairs;
                int most = 0;
                for (Band band : partition.bands()) {
                    assertThat(band.fromPair()).isEqualTo(next);
                    assertThat(band.pairCount()).isPositive();
                    fewest = Math.min(fewest, band.pairCount());
                    most = Math.max(most, band.pairCount());
                    next = band.toPair();
                }
                assertThat(next).isEqualTo(pairs);
                assertThat(most - fewest).as(pairs + " pairs in " + wanted).isLessThanOrEqualTo(1);
            }
        }
    }

    /** Equal runs of pairs are equal steps of log-frequency, whatever theta is. */
    @Test
    void bandsAreEquallyWideInLogFrequency() {
        RopeGeometry geometry = new RopeGeometry(128, 5e5, 4096, null);
        double[] frequencies =
                InverseFrequencies.of(geometry, new NoScaling(), 0).invFreq();
        double step = Math.log(frequencies[0] / frequencies[1]);
        for (Band band : BandPartition.logSpaced(64, 8).bands()) {
            double width = Math.log(frequencies[band.fromPair()] / frequencies[band.toPair() - 1]) + step;
            assertThat(width).isCloseTo(8 * step, org.assertj.core.api.Assertions.within(1e-9));
        }
    }

    @Test
    void gapsOverlapsAndNothingAreRefused() {
        assertThatThrownBy(() -> new BandPartition(List.of())).hasMessageContaining("at least one band");
        assertThatThrownBy(() -> new BandPartition(List.of(new Band(1, 2)))).hasMessageContaining("start at pair 0");
        assertThatThrownBy(() -> new BandPartition(List.of(new Band(0, 2), new Band(3, 4))))
                .hasMessageContaining("start at pair 2");
        assertThatThrownBy(() -> new BandPartition(List.of(new Band(0, 2), new Band(1, 4))))
                .hasMessageContaining("start at pair 2");
        assertThatThrownBy(() -> new Band(2, 2)).hasMessageContaining("holds no RoPE pair");
        assertThatThrownBy(() -> BandPartition.logSpaced(0, 1)).hasMessageContaining("0 pairs");
        assertThatThrownBy(() -> BandPartition.logSpaced(8, 0)).hasMessageContaining("bands=0");
    }
}
