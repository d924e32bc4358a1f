package qroar.reports.model;

import org.jspecify.annotations.Nullable;

/**
 * One band of a study.
 *
 * @param fromPair first RoPE pair, inclusive
 * @param toPair last RoPE pair, exclusive
 * @param scale best scale so far; null before the baseline is measured
 * @param gradient d ln J / d ln s at the start, from one backward pass; null where none was made
 * @param diagnostics null until measured
 * @param window null until it follows from the diagnostics
 */
public record BandReport(
        int fromPair,
        int toPair,
        @Nullable Double scale,
        @Nullable Double gradient,
        @Nullable BandDiagnostics diagnostics,
        @Nullable SearchWindow window) {}
