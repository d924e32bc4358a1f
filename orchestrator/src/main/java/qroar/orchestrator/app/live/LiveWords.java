package qroar.orchestrator.app.live;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.GainWords;

/** Figures of a run under way as short words of a terminal. */
public final class LiveWords {
    private LiveWords() {}

    /** {@code 45 s}, {@code 12 min}, {@code 3 h 05 min}; a dash where nothing is known. */
    public static String left(@Nullable Double seconds) {
        if (seconds == null || !Double.isFinite(seconds)) {
            return "-";
        }
        long whole = Math.round(seconds);
        if (whole < 120) {
            return whole + " s";
        }
        long minutes = Math.round(seconds / 60);
        return minutes < 120
                ? minutes + " min"
                : String.format(Locale.ROOT, "%d h %02d min", minutes / 60, minutes % 60);
    }

    /** Whole per cent; 100 of nothing that is not complete. */
    public static String percent(double share) {
        return (share >= 1 ? 100 : Math.min(99, (int) Math.floor(100 * share))) + " %";
    }

    /** Nats with a sign; a dash where nothing is known. */
    public static String gain(@Nullable Double nats) {
        return nats == null || Double.isNaN(nats) ? "-" : GainWords.nats(nats);
    }

    /** {@code 812}; a dash where nothing is known. */
    public static String rate(double perSecond) {
        return perSecond <= 0 ? "-" : String.format(Locale.ROOT, perSecond < 10 ? "%.1f" : "%.0f", perSecond);
    }

    /** {@code gpu:0, cpu x2}. */
    public static String devices(List<String> devices) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        devices.forEach(device -> counts.merge(device, 1, Integer::sum));
        return counts.entrySet().stream()
                .map(each -> each.getKey() + (each.getValue() == 1 ? "" : " x" + each.getValue()))
                .collect(Collectors.joining(", "));
    }

    /** A name in at most so many characters: its start and its end tell studies of a sweep apart. */
    public static String shorten(String name, int most) {
        if (name.length() <= most) {
            return name;
        }
        if (most < 5) {
            return name.substring(0, Math.max(0, most));
        }
        int end = (most - 2) / 2;
        return name.substring(0, most - 2 - end) + ".." + name.substring(name.length() - end);
    }
}
