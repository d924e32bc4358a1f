package qroar.experiments.diagnosis;

import java.util.Arrays;
import java.util.Locale;

/**
 * Where the scale of one band is searched, and why (Q-ROAR, arXiv 2509.14391, section 3.4): half-width
 * h_b = h_0 / (1 + IP_b / median IP) in log-scale clipped to [h_min, h_0], shifted down by kappa ln(max(1, TIR_b)), inside
 * hard bounds. The shift is at most h_b, so that 1, the band left alone, always lies inside. Both are rounded to 1e-6, and
 * everything that leads to a scale uses StrictMath: the same study has the same trials on every platform.
 *
 * @param halfWidth h_b
 * @param shift how far the centre lies below 0 in log-scale
 * @param lowLog lower end in log-scale, at most where the search begins
 * @param highLog upper end in log-scale, at least where the search begins
 * @param lowestScale hard lower bound of a scale
 * @param highestScale hard upper bound of a scale
 * @param grounds the figures behind it
 */
public record SearchWindow(
        double halfWidth,
        double shift,
        double lowLog,
        double highLog,
        double lowestScale,
        double highestScale,
        Grounds grounds) {
    /**
     * The figures behind a window.
     *
     * @param pressure IP_b, radians
     * @param relative the same over the median
     * @param tailInflation TIR_b; NaN when unknown
     * @param common the scale that it lies around
     */
    public record Grounds(double pressure, double relative, double tailInflation, double common) {}

    /** Half-widths and shifts are whole multiples of one over this. */
    private static final double PER_UNIT = 1e6;

    /** The lowest scale of the window. */
    public double low() {
        return StrictMath.exp(lowLog);
    }

    /** The highest scale of the window. */
    public double high() {
        return StrictMath.exp(highLog);
    }

    /**
     * @param pressure IP_b at the largest length, radians
     * @param medianPressure median IP over the bands; where it is 0 the pressure does not narrow
     * @param tailInflation TIR_b; NaN (unknown) and values up to 1 do not shift, infinity shifts by the half-width
     */
    public static SearchWindow of(
            SearchWindowSettings settings, double pressure, double medianPressure, double tailInflation) {
        double relative = medianPressure > 0 ? pressure / medianPressure : 0;
        double halfWidth = rounded(
                Math.max(settings.narrowest(), Math.min(settings.widest(), settings.widest() / (1 + relative))));
        double wanted = tailInflation > 1 ? settings.tailShift() * StrictMath.log(tailInflation) : 0;
        double shift = Math.min(halfWidth, rounded(wanted));
        double low = Math.max(-shift - halfWidth, StrictMath.log(settings.lowestScale()));
        double high = Math.min(-shift + halfWidth, StrictMath.log(settings.highestScale()));
        return new SearchWindow(
                halfWidth,
                shift,
                Math.min(0, low),
                Math.max(0, high),
                settings.lowestScale(),
                settings.highestScale(),
                new Grounds(pressure, relative, tailInflation, 1));
    }

    /** The figures behind it in words. Written when they are read: a plan of thousands of studies has a million windows. */
    public String why() {
        double tail = grounds.tailInflation();
        String why = String.format(
                Locale.ROOT,
                "IP %.4g rad is %.3g times the median: half-width %.4f; TIR %s: %s",
                grounds.pressure(),
                grounds.relative(),
                halfWidth,
                Double.isNaN(tail) ? "unknown" : String.format(Locale.ROOT, "%.3f", tail),
                shift > 0 ? String.format(Locale.ROOT, "shifted down by %.4f", shift) : "not shifted");
        if (StrictMath.log(lowestScale) > -shift - halfWidth || StrictMath.log(highestScale) < -shift + halfWidth) {
            why += "; cut at the hard bounds " + lowestScale + ".." + highestScale;
        }
        return grounds.common() == 1
                ? why
                : why + String.format(Locale.ROOT, "; around the common scale %.4f", grounds.common());
    }

    /** The same window around a common scale in the place of 1. */
    SearchWindow around(double scale) {
        double centre = StrictMath.log(scale);
        return new SearchWindow(
                halfWidth,
                shift,
                Math.max(lowLog + centre, StrictMath.log(lowestScale)),
                Math.min(highLog + centre, StrictMath.log(highestScale)),
                lowestScale,
                highestScale,
                new Grounds(grounds.pressure(), grounds.relative(), grounds.tailInflation(), scale));
    }

    /** Last digits that differ between platforms must not make other scales, and so other trials. */
    private static double rounded(double logScale) {
        return logScale * PER_UNIT > 1 ? Math.rint(logScale * PER_UNIT) / PER_UNIT : logScale;
    }

    /** The median; of an even number of values the mean of the middle two. */
    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
