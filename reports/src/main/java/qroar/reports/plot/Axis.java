package qroar.reports.plot;

/**
 * Maps values to pixels, linearly or by their logarithm.
 *
 * @param kind linear or logarithmic
 * @param low value at {@code fromPixel}, finite; above 0 on a logarithmic axis
 * @param high value at {@code toPixel}, above {@code low}
 * @param fromPixel pixel of the lower end; may lie beyond {@code toPixel} (vertical axes)
 * @param toPixel pixel of the upper end
 */
public record Axis(Kind kind, double low, double high, double fromPixel, double toPixel) {
    /** How values are spaced. */
    public enum Kind {
        LINEAR,
        LOG;

        /**
         * Whether a value can be drawn: a finite one of a size that any measurement of ours has. One beyond 1e9 is a
         * defect to be read in the table; an axis that holds it would show nothing else.
         */
        public boolean draws(double value) {
            return this == LINEAR ? Math.abs(value) <= LARGEST : value >= 1 / LARGEST && value <= LARGEST;
        }
    }

    private static final double LARGEST = 1e9;

    public Axis {
        if (!Double.isFinite(low) || !Double.isFinite(high) || !(low < high) || (kind == Kind.LOG && !(low > 0))) {
            throw new IllegalArgumentException("no " + kind + " axis from " + low + " to " + high);
        }
    }

    /** Linear from low to high with {@code margin} of the span added at both ends; a span of 0 is widened. */
    public static Axis linear(double low, double high, double margin, double fromPixel, double toPixel) {
        double span = high - low;
        double pad = span > 0 ? span * margin : Math.max(Math.abs(low) * 0.05, 1e-6);
        return new Axis(Kind.LINEAR, low - pad, high + pad, fromPixel, toPixel);
    }

    /** Logarithmic, the margin a share of the span in logarithms; a span of 0 is widened to a factor of 2. */
    public static Axis log(double low, double high, double margin, double fromPixel, double toPixel) {
        double span = Math.log(high / low);
        double pad = span > 0 ? span * margin : Math.log(2) / 2;
        return new Axis(Kind.LOG, low * Math.exp(-pad), high * Math.exp(pad), fromPixel, toPixel);
    }

    /** Pixel of a value; beyond the ends for values beyond them. */
    public double at(double value) {
        double share = kind == Kind.LINEAR
                ? (value - low) / (high - low)
                : (Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low));
        return fromPixel + share * (toPixel - fromPixel);
    }

    public boolean holds(double value) {
        return value >= low && value <= high;
    }

    /** Pixel of the value, or of the end that it lies beyond. */
    public double clamped(double value) {
        return at(Math.max(low, Math.min(high, value)));
    }
}
