package qroar.orchestrator.app.input;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A size as people write it: {@code 800M}, {@code 1.5g}, {@code 64GiB}, {@code 2 gb}. The case of letters and a space before the
 * unit mean nothing, and every unit is a power of 1024, for memory is sold so. A bare number is refused: other programs read
 * it as bytes, as kilobytes and as megabytes.
 */
public record ByteSize(long bytes) {
    private static final Pattern TEXT =
            Pattern.compile("(\\d{1,9}(?:\\.\\d{1,3})?) *([KMGT])(?:i?B?)", Pattern.CASE_INSENSITIVE);
    private static final String UNITS = "KMGT";

    public ByteSize {
        if (bytes < 1) {
            throw new IllegalArgumentException("a size of " + bytes + " bytes");
        }
    }

    /** @throws IllegalArgumentException in one line, without the option's name */
    public static ByteSize parse(String text) {
        Matcher parts = TEXT.matcher(text.strip());
        double bytes = parts.matches()
                ? Double.parseDouble(parts.group(1)) * Math.scalb(1.0, 10 * (1 + UNITS.indexOf(unit(parts.group(2)))))
                : 0;
        if (!(bytes >= 1) || bytes > Long.MAX_VALUE / 2.0) {
            throw new IllegalArgumentException("'" + text
                    + "' must be a size: a number with K, M, G or T behind it, as in 800M, 1.5G, 20gb or 20 GiB");
        }
        return new ByteSize((long) bytes);
    }

    private static String unit(String letter) {
        return letter.toUpperCase(Locale.ROOT);
    }

    /** For people, in the largest unit that leaves at least one. */
    public static String text(long bytes) {
        int unit = 0;
        double value = bytes / 1024.0;
        while (Math.abs(value) >= 1024 && unit < UNITS.length() - 1) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %siB", value, UNITS.charAt(unit));
    }

    @Override
    public String toString() {
        return text(bytes);
    }
}
