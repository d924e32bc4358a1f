package qroar.experiments.diagnosis;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import qroar.protocol.band.Band;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.InterpolationPressure;
import qroar.protocol.rope.InverseFrequencies;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.rope.RopeFrequencies;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.rope.RopeScaling;

/**
 * What is known of one band before it is searched, and the search window that follows.
 *
 * @param band its RoPE pairs
 * @param interpolationPressure IP at the largest length, radians
 * @param phaseDeviation |phi_PI - phi_0| at the largest length, radians
 * @param tailInflationBefore TIR_W, pooled over layers; NaN when unknown
 * @param tailInflationAfter TIR_A, pooled over layers; NaN when unknown
 * @param window where it is searched
 * @param gradient d ln J / d ln s at the unscaled model, on the start of a search document; NaN when not measured
 * @param sensitivity see {@link #sensitivityOrder}
 */
public record BandDiagnosis(
        Band band,
        double interpolationPressure,
        double phaseDeviation,
        double tailInflationBefore,
        double tailInflationAfter,
        SearchWindow window,
        double gradient,
        double sensitivity) {

    /**
     * Diagnoses every band.
     *
     * @param maxLength D, the largest length, in tokens
     * @param gradient d ln J / d ln s per band, or null when it was not measured
     */
    public static List<BandDiagnosis> ofAll(
            BandPartition partition,
            RopeGeometry geometry,
            RopeScaling rope,
            int maxLength,
            TailInflation tails,
            SearchWindowSettings settings,
            double @Nullable [] gradient) {
        RopeFrequencies interpolated = InverseFrequencies.of(geometry, rope, maxLength);
        RopeFrequencies trained = InverseFrequencies.of(geometry, new NoScaling(), maxLength);
        double[] pressure = InterpolationPressure.ofBands(partition, interpolated, maxLength);
        double[] deviation = InterpolationPressure.phaseDeviation(partition, trained, interpolated, maxLength);
        double median = SearchWindow.median(pressure);
        List<BandDiagnosis> bands = new ArrayList<>();
        for (int b = 0; b < partition.bandCount(); b++) {
            SearchWindow window = SearchWindow.of(settings, pressure[b], median, tails.worst(b));
            double tail = Math.max(1, Double.isNaN(tails.worst(b)) ? 1 : tails.worst(b));
            double sensitivity =
                    gradient == null ? tail * window.halfWidth() : Math.abs(gradient[b]) * window.halfWidth();
            bands.add(new BandDiagnosis(
                    partition.bands().get(b),
                    pressure[b],
                    deviation[b],
                    tails.beforeRotation()[b],
                    tails.afterRotation()[b],
                    window,
                    gradient == null ? Double.NaN : gradient[b],
                    sensitivity));
        }
        return List.copyOf(bands);
    }

    /** The same where the search begins at a common scale. */
    public BandDiagnosis around(double scale) {
        return scale == 1
                ? this
                : new BandDiagnosis(
                        band,
                        interpolationPressure,
                        phaseDeviation,
                        tailInflationBefore,
                        tailInflationAfter,
                        window.around(scale),
                        gradient,
                        sensitivity);
    }

    /**
     * Bands by falling sensitivity: what the objective may gain in the band's window. With a gradient start that is
     * |d ln J / d ln s| times the half-width, the first-order gain at the window's end. Without one it is max(1, TIR)
     * times the half-width h_0 / (1 + IP / median IP), in short TIR over IP: an inflated tail is what scales repair, and
     * a high pressure leaves little room to do so. Ties go to the lower frequency, which has the wider window by nature.
     */
    public static List<Integer> sensitivityOrder(List<BandDiagnosis> bands) {
        return IntStream.range(0, bands.size())
                .boxed()
                .sorted(Comparator.<Integer>comparingDouble(b -> -bands.get(b).sensitivity())
                        .thenComparing(b -> -b))
                .toList();
    }
}
