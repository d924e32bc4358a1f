package qroar.reports.plot;

import java.util.Map;
import java.util.TreeMap;

/**
 * How the marks of a group look.
 *
 * @param cssClass class that the page's style sheet colours
 * @param attributes SVG presentation attributes for a picture that stands alone
 */
public record Ink(String cssClass, Map<String, String> attributes) {
    public static final Ink GRID = stroke("grid", "#d9dde2", 1);
    public static final Ink AXIS = stroke("axis", "#6b7280", 1);
    public static final Ink REFERENCE = stroke("axis", "#6b7280", 1).with("stroke-dasharray", "4 3");
    public static final Ink LEADER = stroke("lead", "#9aa3ad", 0.8);
    public static final Ink SHADE = new Ink("shade", Map.of("fill", "#e8eef6"));
    public static final Ink TEXT = text("ink", "#1f2933", 11);
    public static final Ink SMALL = text("ink", "#1f2933", 10);
    public static final Ink MUTED = text("mute", "#5b6570", 10.5);
    public static final Ink HEADING = text("ink", "#1f2933", 12).with("font-weight", "600");

    public Ink {
        attributes = Map.copyOf(attributes);
    }

    private static Ink stroke(String cssClass, String colour, double width) {
        return new Ink(
                cssClass, Map.of("fill", "none", "stroke", colour, "stroke-width", width == 1 ? "1" : "" + width));
    }

    private static Ink text(String cssClass, String colour, double size) {
        return new Ink(cssClass, Map.of("fill", colour, "font-size", "" + size));
    }

    public Ink with(String attribute, String value) {
        Map<String, String> more = new TreeMap<>(attributes);
        more.put(attribute, value);
        return new Ink(cssClass, more);
    }

    /** Sorted, so that the same picture is always the same text. */
    TreeMap<String, String> sorted() {
        return new TreeMap<>(attributes);
    }
}
