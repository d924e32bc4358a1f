package qroar.reports.model;

import java.util.List;

/**
 * Why a band is expected to be sensitive (Q-ROAR section 3.2).
 *
 * @param displacementTokens D, at which pressure and deviation are taken
 * @param interpolationPressure IP_b(D) in radians: mean over the band of inv_freq_j * D
 * @param phaseDeviation mean over the band of |phi_PI(D) - phi_0(D)| in radians
 * @param tirWeights TIR_W: tail quantile before RoPE, long context with PI over short context without
 * @param tirActivations TIR_A: the same after RoPE, on the rotated axes
 * @param layers the two ratios per decoder layer; empty where they were not kept apart
 */
public record BandDiagnostics(
        int displacementTokens,
        double interpolationPressure,
        double phaseDeviation,
        double tirWeights,
        double tirActivations,
        List<LayerTails> layers) {
    public BandDiagnostics {
        layers = List.copyOf(layers);
    }

    /** Tail inflation of one band in one decoder layer. */
    public record LayerTails(int layer, double tirWeights, double tirActivations) {}
}
