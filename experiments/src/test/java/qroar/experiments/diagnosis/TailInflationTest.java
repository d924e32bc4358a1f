package qroar.experiments.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import qroar.protocol.band.Band;
import qroar.protocol.band.BandPartition;
import qroar.protocol.statistics.LogHistogram;
import qroar.protocol.trial.LayerActivations;

class TailInflationTest {
    private static final BandPartition BANDS = new BandPartition(List.of(new Band(0, 1), new Band(1, 3)));

    private static List<LogHistogram> pairs(double... tails) {
        List<LogHistogram> pairs = new ArrayList<>();
        for (double tail : tails) {
            double[] values = IntStream.range(0, 1000)
                    .mapToDouble(i -> i < 990 ? 1 : tail)
                    .toArray();
            pairs.add(LogHistogram.ofMagnitudes(values));
        }
        return pairs;
    }

    @Test
    void theLargerOfQueryAndKeyCountsPerBand() {
        LayerActivations longer =
                new LayerActivations(0, 0, pairs(4, 2, 2), pairs(6, 2, 2), pairs(5, 2, 8), pairs(2, 2, 2));
        LayerActivations shorter =
                new LayerActivations(0, 0, pairs(2, 2, 2), pairs(2, 2, 2), pairs(2, 2, 2), pairs(2, 2, 2));
        TailInflation tails = TailInflation.pooled(BANDS, 0.997, List.of(longer), List.of(shorter));

        assertThat(tails.beforeRotation()).containsExactly(new double[] {3, 1}, within(0.07));
        assertThat(tails.afterRotation()).containsExactly(new double[] {2.5, 4}, within(0.1));
        assertThat(tails.worst(0)).isCloseTo(3, within(0.07));
        assertThat(TailInflation.perLayer(BANDS, 0.997, List.of(longer), List.of(shorter)))
                .containsOnlyKeys(0);
    }

    @Test
    void missingDistributionsAreUnknownNotOne() {
        TailInflation tails = TailInflation.pooled(BANDS, 0.999, List.of(), List.of());
        assertThat(tails.worst(0)).isNaN();
        assertThat(tails.worst(1)).isNaN();
    }
}
