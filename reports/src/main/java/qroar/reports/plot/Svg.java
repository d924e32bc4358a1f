package qroar.reports.plot;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One picture, written front to back. Text is escaped, coordinates must be finite and are rounded to a tenth of a
 * pixel. Not thread-safe.
 */
public final class Svg {
    /** Where a text lies about its point. */
    public enum Anchor {
        START("start"),
        MIDDLE("middle"),
        END("end");

        private final String word;

        Anchor(String word) {
            this.word = word;
        }
    }

    private static final String FONT = "Helvetica, Arial, 'Liberation Sans', sans-serif";

    private final StringBuilder out = new StringBuilder(4096);
    private final Deque<String> open = new ArrayDeque<>();
    private boolean linked;

    /**
     * @param id unique in the page, letters, digits and hyphens
     * @param title what the picture is, for those who do not see it
     * @param description what it shows
     */
    public Svg(String id, double width, double height, String title, String description) {
        if (!id.matches("[A-Za-z][A-Za-z0-9-]*")) {
            throw new IllegalArgumentException("picture id '" + id + "' is not made of letters, digits and hyphens");
        }
        out.append("<svg xmlns=\"http://www.w3.org/2000/svg\" id=\"").append(id);
        out.append("\" role=\"img\" aria-labelledby=\"")
                .append(id)
                .append("-t ")
                .append(id)
                .append("-d\"");
        out.append(" width=\"").append(number(width)).append("\" height=\"").append(number(height));
        out.append("\" viewBox=\"0 0 ").append(number(width)).append(' ').append(number(height));
        out.append("\" font-family=\"").append(FONT).append("\" font-size=\"11\">");
        out.append("<title id=\"")
                .append(id)
                .append("-t\">")
                .append(escape(title))
                .append("</title>");
        out.append("<desc id=\"")
                .append(id)
                .append("-d\">")
                .append(escape(description))
                .append("</desc>\n");
    }

    public Svg group(Ink ink) {
        out.append("<g class=\"").append(escape(ink.cssClass())).append('"');
        ink.sorted()
                .forEach((name, value) -> out.append(' ')
                        .append(name)
                        .append("=\"")
                        .append(escape(value))
                        .append('"'));
        out.append('>');
        open.push("g");
        return this;
    }

    /** What follows says the same as a row of a table, which a script may light up with it; null for no row. */
    public Svg row(@Nullable String id) {
        out.append(id == null ? "<g>" : "<g data-row=\"" + escape(id) + "\">");
        open.push("g");
        return this;
    }

    /** What follows leads to a place of the page; null for none. */
    public Svg link(@Nullable String id) {
        out.append(id == null ? "<g>" : "<a href=\"#" + escape(id) + "\">");
        open.push(id == null ? "g" : "a");
        linked |= id != null;
        return this;
    }

    public Svg end() {
        out.append("</").append(open.pop()).append(">\n");
        return this;
    }

    public Svg line(double x1, double y1, double x2, double y2) {
        out.append("<path d=\"M").append(number(x1)).append(' ').append(number(y1));
        out.append('L').append(number(x2)).append(' ').append(number(y2)).append("\"/>");
        return this;
    }

    public Svg rect(double x, double y, double width, double height) {
        out.append("<rect x=\"").append(number(x)).append("\" y=\"").append(number(y));
        out.append("\" width=\"")
                .append(number(width))
                .append("\" height=\"")
                .append(number(height))
                .append("\"/>");
        return this;
    }

    /** A line through points; each is {x, y}. */
    public Svg polyline(List<double[]> points) {
        if (points.size() < 2) {
            return this;
        }
        out.append("<path d=\"");
        char command = 'M';
        for (double[] point : points) {
            out.append(command).append(number(point[0])).append(' ').append(number(point[1]));
            command = 'L';
        }
        out.append("\"/>");
        return this;
    }

    /** A line that tells something when pointed at. */
    public Svg polyline(List<double[]> points, String tip) {
        out.append("<g><title>").append(escape(tip)).append("</title>");
        polyline(points);
        out.append("</g>");
        return this;
    }

    public Svg marker(Marker marker, double x, double y, double radius) {
        out.append("<path d=\"").append(marker.path(x, y, radius)).append("\"/>");
        return this;
    }

    /** A marker that tells its value when pointed at. */
    public Svg marker(Marker marker, double x, double y, double radius, String tip) {
        out.append("<path d=\"").append(marker.path(x, y, radius)).append("\"><title>");
        out.append(escape(tip)).append("</title></path>");
        return this;
    }

    /** The same, of something that a row of a table says too; null for no row. */
    public Svg marker(Marker marker, double x, double y, double radius, String tip, @Nullable String row) {
        if (row == null) {
            return marker(marker, x, y, radius, tip);
        }
        out.append("<path data-row=\"").append(escape(row)).append("\" d=\"");
        out.append(marker.path(x, y, radius)).append("\"><title>");
        out.append(escape(tip)).append("</title></path>");
        return this;
    }

    public Svg text(double x, double y, Anchor anchor, String text) {
        return text(x, y, anchor, text, "");
    }

    /** Text that runs upwards, for the label of a vertical axis. */
    public Svg textUpwards(double x, double y, String text) {
        return text(x, y, Anchor.MIDDLE, text, " transform=\"rotate(-90 " + number(x) + " " + number(y) + ")\"");
    }

    private Svg text(double x, double y, Anchor anchor, String text, String more) {
        out.append("<text x=\"")
                .append(number(x))
                .append("\" y=\"")
                .append(number(y))
                .append('"');
        if (anchor != Anchor.START) {
            out.append(" text-anchor=\"").append(anchor.word).append('"');
        }
        out.append(more).append('>').append(escape(text)).append("</text>");
        return this;
    }

    /** The finished markup. */
    public String markup() {
        if (!open.isEmpty()) {
            throw new IllegalStateException(open.size() + " groups are still open");
        }
        // What is inside an image cannot be reached by keyboard or reader: a picture with links is a group.
        String markup = out + "</svg>";
        return linked ? markup.replaceFirst("role=\"img\"", "role=\"group\"") : markup;
    }

    /** About how wide a text of 11 pixels is; on the safe side. */
    public static double widthOf(String text) {
        return text.codePointCount(0, text.length()) * 6.0;
    }

    /** The text, or its start with an ellipsis where it has more than {@code most} characters. */
    public static String shorten(String text, int most) {
        if (text.codePointCount(0, text.length()) <= most) {
            return text;
        }
        return text.substring(0, text.offsetByCodePoints(0, most - 1)) + "\u2026";
    }

    static String number(double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException("coordinate " + value + " is not a number");
        }
        long tenths = Math.round(value * 10);
        String whole = (tenths < 0 ? "-" : "") + Math.abs(tenths) / 10;
        return tenths % 10 == 0 ? whole : whole + "." + Math.abs(tenths) % 10;
    }

    /** Escapes for text and attribute values; characters that XML cannot hold become U+FFFD. */
    static String escape(String text) {
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.appendCodePoint(isXml(c) ? c : 0xFFFD);
            }
        });
        return escaped.toString();
    }

    private static boolean isXml(int c) {
        return c == '\t'
                || c == '\n'
                || c == '\r'
                || (c >= 0x20 && c <= 0xD7FF)
                || (c >= 0xE000 && c <= 0xFFFD)
                || c >= 0x10000;
    }
}
