package qroar.experiments.attribution;

import java.util.Locale;
import qroar.protocol.statistics.GainPercent;

/** A gain in words, as sentences and tables of plain text write it: nats with four digits, per cent with two. */
public final class GainWords {
    private GainWords() {}

    /** What a gain of so many nats does to the figure itself: {@code falls by 40.90 %}. */
    public static String change(double gain) {
        return gain < 0
                ? String.format(Locale.ROOT, "rises by %.2f %%", GainPercent.rise(gain))
                : String.format(Locale.ROOT, "falls by %.2f %%", GainPercent.fall(gain));
    }

    /** {@code +0.5259}. */
    public static String nats(double gain) {
        return String.format(Locale.ROOT, "%+.4f", gain);
    }

    /** {@code  [+0.4259, +0.6259]}, with a space before it; nothing where the ends are unknown. */
    public static String interval(Interval gain) {
        return Double.isFinite(gain.lower())
                ? String.format(Locale.ROOT, " [%+.4f, %+.4f]", gain.lower(), gain.upper())
                : "";
    }
}
