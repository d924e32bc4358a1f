package qroar.experiments.diagnosis;

/**
 * Constants of the search window of a band: half-width h_b = h_0 / (1 + IP_b / median IP) in log-scale, clipped to
 * [h_min, h_0], shifted down by kappa * ln(max(1, TIR_b)), inside [lowest, highest].
 *
 * @param widest h_0, in log-scale
 * @param narrowest h_min, in log-scale
 * @param tailShift kappa
 * @param quantile p of TIR
 * @param lowestScale hard lower bound of a scale
 * @param highestScale hard upper bound of a scale
 */
public record SearchWindowSettings(
        double widest, double narrowest, double tailShift, double quantile, double lowestScale, double highestScale) {}
