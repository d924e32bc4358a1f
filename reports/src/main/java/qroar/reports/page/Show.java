package qroar.reports.page;

import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;
import qroar.protocol.statistics.GainPercent;
import qroar.reports.model.BandReport;
import qroar.reports.model.CandidateRow;
import qroar.reports.model.ShareFigures;
import qroar.reports.model.StudyReport;
import qroar.reports.model.StudySettings;
import qroar.reports.plot.Numbers;

/** Values of the model as the words of a page. */
public final class Show {
    private static final DateTimeFormatter MINUTES =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private static final MathContext THREE_DIGITS = new MathContext(3);

    /** Where nobody asked how much of a gain one scale for all bands has. */
    public static final String SHARES_UNKNOWN =
            "how much of the gain one scale for all bands has, and how much bands add, was"
                    + " not measured; controls: [common] in the experiment measures it, and search: {start: common} begins there.";

    private Show() {}

    /** Whether scales were found for it. */
    public static boolean isScaled(StudyReport study) {
        return study.bands().stream().anyMatch(band -> band.scale() != null && band.scale() != 1);
    }

    public static String gain(@Nullable Interval gain) {
        return Numbers.nats(gain == null ? null : gain.estimate());
    }

    /** {@code [+0.0550, +0.0630]}, or nothing while there is none. */
    public static String interval(@Nullable Interval gain) {
        return gain == null ? "" : "[" + Numbers.nats(gain.lower()) + ", " + Numbers.nats(gain.upper()) + "]";
    }

    /** A divergence in nats, three digits of it. */
    public static String divergence(double nats) {
        return Double.isFinite(nats)
                ? nats < 1e-9 ? "0" : new BigDecimal(nats).round(THREE_DIGITS).toPlainString()
                : Numbers.MISSING;
    }

    /** What a gain means for the figure itself: {@code falls by 40.9 %}; nothing while there is none. */
    public static String change(@Nullable Interval gain) {
        if (gain == null || Double.isNaN(gain.estimate())) {
            return "";
        }
        return gain.estimate() < 0
                ? "rises by " + Numbers.percentOf(GainPercent.rise(gain.estimate()))
                : "falls by " + Numbers.percentOf(GainPercent.fall(gain.estimate()));
    }

    /** What a gain does to the figure itself, signed: {@code -4.07 %} of a figure that falls. */
    public static String signedPercent(double gainNats) {
        return Numbers.signedPercent(GainPercent.rise(gainNats));
    }

    /** {@code -4.73 to -3.40 %}; what the figure itself does, as {@link #signedPercent}. */
    public static String percentInterval(Interval gain) {
        return signedPercent(gain.upper()).replace(" %", "") + " to " + signedPercent(gain.lower());
    }

    /** Class of a gain's cell: an interval on one side of zero is told apart from one that holds it. */
    public static String verdict(@Nullable Interval gain) {
        if (gain == null) {
            return "pending";
        }
        return gain.isPositive() ? "better" : gain.isNegative() ? "worse" : "even";
    }

    public static String time(@Nullable Instant instant) {
        return instant == null ? Numbers.MISSING : MINUTES.format(instant);
    }

    public static String settings(StudySettings settings) {
        return settings.rope() + " \u00b7 " + settings.quantizer() + " \u00b7 " + settings.bands() + " bands"
                + (settings.layers() == null ? "" : " in groups of " + settings.layers() + " layers") + " \u00d7 "
                + settings.grid() + " candidates \u00b7 " + settings.mode().word();
    }

    public static String pairs(BandReport band) {
        return (band.layers() == null ? "" : "layers " + band.layers().words().replace('-', '\u2013') + " \u00b7 ")
                + band.fromPair() + "\u2013" + (band.toPair() - 1);
    }

    /** A sentence with true minus signs; null for none. */
    static @Nullable String typeset(@Nullable String sentence) {
        return sentence == null ? null : sentence.replaceAll("(?<![\\w.-])-(?=\\d)", "\u2212");
    }

    /** Row of a study in the table of all. */
    public static String row(int number) {
        return "row-" + number;
    }

    public static String window(BandReport.@Nullable Window window) {
        return window == null ? Numbers.MISSING : Numbers.scale(window.low()) + " to " + Numbers.scale(window.high());
    }

    public static String scales(CandidateRow candidate) {
        return candidate.band() != null
                ? Numbers.scale(candidate.scale())
                : candidate.scales().stream().map(Numbers::scale).collect(Collectors.joining(" "));
    }

    public static String scales(List<Double> scales) {
        return scales.stream().map(Numbers::scale).collect(Collectors.joining(" "));
    }

    /** The best scales of a study. */
    public static String scales(StudyReport study) {
        return study.bandsByLayers().stream()
                .map(group ->
                        group.stream().map(band -> Numbers.scale(band.scale())).collect(Collectors.joining(" ")))
                .collect(Collectors.joining(" | "));
    }

    /** The shares of a study's gain by their names; none while they are not measured. */
    public static Map<String, ShareFigures.Share> shares(StudyReport study) {
        ShareFigures shares = study.shares();
        Map<String, ShareFigures.Share> named = new LinkedHashMap<>();
        if (shares != null) {
            named.put("one scale for all bands, " + Numbers.scale(shares.commonScale()), shares.common());
            named.put("bands beyond it", shares.bands());
        }
        return named;
    }

    /** Which studies something is said of. */
    public static String studies(List<String> ids, int ofAll) {
        return ids.size() > 1 && ids.size() == ofAll ? "all " + ofAll + " studies" : String.join(", ", ids);
    }

    /** Enough of a digest to recognise it. */
    public static String brief(String digest) {
        return digest.length() <= 16 ? digest : digest.substring(0, 16);
    }
}
