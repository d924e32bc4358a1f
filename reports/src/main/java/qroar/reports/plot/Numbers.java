package qroar.reports.plot;

import java.math.BigDecimal;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Numbers as a page shows them: as many digits as mean something, a true minus, an em dash for what is not there yet. */
public final class Numbers {
    public static final String MISSING = "\u2014";

    private Numbers() {}

    public static String perplexity(@Nullable Double value) {
        if (value == null || !Double.isFinite(value)) {
            return special(value);
        }
        if (value >= 1e6) {
            return String.format(Locale.ROOT, "%.2e", value);
        }
        return value >= 1000 ? format("%,.0f", value) : value >= 100 ? format("%.1f", value) : format("%.3f", value);
    }

    /** A signed difference: {@code +0.0589}. */
    public static String nats(@Nullable Double value) {
        if (value == null || !Double.isFinite(value)) {
            return special(value);
        }
        String text = format("%.4f", Math.abs(value));
        boolean zero = text.chars().noneMatch(c -> c >= '1' && c <= '9');
        return zero ? text : (value > 0 ? "+" : "\u2212") + text;
    }

    public static String scale(@Nullable Double value) {
        return value == null || !Double.isFinite(value) ? special(value) : format("%.3f", value);
    }

    /** Three significant digits, for radians and ratios. */
    public static String brief(@Nullable Double value) {
        if (value == null || !Double.isFinite(value)) {
            return special(value);
        }
        double size = Math.abs(value);
        if (size != 0 && (size < 1e-3 || size >= 1e6)) {
            return String.format(Locale.ROOT, "%.1e", value).replace("-", "\u2212");
        }
        return size >= 100 ? format("%,.0f", value) : size >= 10 ? format("%.1f", value) : format("%.3f", value);
    }

    /** A setting as a person would write it: {@code 0.0005}. */
    public static String plain(double value) {
        if (!Double.isFinite(value)) {
            return special(value);
        }
        double size = Math.abs(value);
        return size != 0 && (size < 1e-6 || size >= 1e9)
                ? Double.toString(value)
                : BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    }

    public static String percent(double share) {
        return Double.isFinite(share) ? format("%.1f", 100 * share) + " %" : MISSING;
    }

    /** Per cent as they are, two decimals: {@code 40.90 %}. */
    public static String percentOf(double percents) {
        return Double.isFinite(percents) ? format("%.2f", percents) + " %" : MISSING;
    }

    /** A change in per cent as it is, two decimals and a sign: {@code +14.20 %}. */
    public static String signedPercent(double percents) {
        if (!Double.isFinite(percents)) {
            return Double.isNaN(percents) ? MISSING : special(percents) + " %";
        }
        String text =
                percents >= 1e6 ? String.format(Locale.ROOT, "%.1e", percents) : format("%.2f", Math.abs(percents));
        boolean zero = text.chars().noneMatch(c -> c >= '1' && c <= '9');
        return (zero ? "" : percents > 0 ? "+" : "\u2212") + text + " %";
    }

    public static String count(long value) {
        return format("%,d", value);
    }

    public static String duration(double seconds) {
        if (!Double.isFinite(seconds)) {
            return MISSING;
        }
        if (seconds < 60) {
            return format("%.1f s", seconds);
        }
        long whole = Math.round(seconds);
        return whole < 3600
                ? whole / 60 + " min " + whole % 60 + " s"
                : whole / 3600 + " h " + whole % 3600 / 60 + " min";
    }

    private static String special(@Nullable Double value) {
        if (value == null) {
            return MISSING;
        }
        return value.isNaN() ? "NaN" : value > 0 ? "\u221e" : "\u2212\u221e";
    }

    private static String format(String pattern, Object value) {
        return String.format(Locale.ROOT, pattern, value).replace('-', '\u2212');
    }
}
