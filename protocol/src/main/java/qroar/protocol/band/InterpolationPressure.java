package qroar.protocol.band;

import qroar.protocol.rope.RopeFrequencies;

/**
 * How hard a displacement presses on a band (Q-ROAR, arXiv 2509.14391, section 3): the derivative of a pair's phase
 * phi_j(D) = inv_freq_j D by the logarithm of a scale of its frequency is again inv_freq_j D, so the mean of it over a
 * band, in radians, tells how much a small error of that band matters at distance D. Phases are not wrapped to a circle.
 *
 * <p>All results have one value per band. A displacement of 0 gives zeros; it may be negative only in the sense that D
 * and -D are equally far, so it is refused below 0, as are NaN and infinity.
 */
public final class InterpolationPressure {
    private InterpolationPressure() {}

    /**
     * IP_b(D) = mean over the pairs j of band b of inv_freq_j D, in radians.
     *
     * @param frequencies those of the interpolated model
     * @param displacementTokens D
     */
    public static double[] ofBands(BandPartition partition, RopeFrequencies frequencies, double displacementTokens) {
        double[] phases = phases(partition, frequencies, displacementTokens);
        return bandMeans(partition, phases);
    }

    /**
     * Mean over the pairs of each band of |phi_PI(D) - phi_0(D)|, in radians: how far interpolation has turned the band
     * away from what was trained.
     *
     * @param trained frequencies without interpolation
     * @param interpolated frequencies with it
     * @param displacementTokens D
     */
    public static double[] phaseDeviation(
            BandPartition partition, RopeFrequencies trained, RopeFrequencies interpolated, double displacementTokens) {
        double[] before = phases(partition, trained, displacementTokens);
        double[] deviation = phases(partition, interpolated, displacementTokens);
        for (int j = 0; j < deviation.length; j++) {
            deviation[j] = Math.abs(deviation[j] - before[j]);
        }
        return bandMeans(partition, deviation);
    }

    private static double[] phases(BandPartition partition, RopeFrequencies frequencies, double displacementTokens) {
        if (!(displacementTokens >= 0) || Double.isInfinite(displacementTokens)) {
            throw new IllegalArgumentException("displacement " + displacementTokens + " must be finite and at least 0");
        }
        double[] phases = frequencies.invFreq();
        if (phases.length != partition.pairCount()) {
            throw new IllegalArgumentException(
                    phases.length + " frequencies for bands over " + partition.pairCount() + " RoPE pairs");
        }
        for (int j = 0; j < phases.length; j++) {
            phases[j] *= displacementTokens;
        }
        return phases;
    }

    private static double[] bandMeans(BandPartition partition, double[] perPair) {
        double[] means = new double[partition.bandCount()];
        for (int b = 0; b < means.length; b++) {
            Band band = partition.bands().get(b);
            double sum = 0;
            for (int j = band.fromPair(); j < band.toPair(); j++) {
                sum += perPair[j];
            }
            means[b] = sum / band.pairCount();
        }
        return means;
    }
}
