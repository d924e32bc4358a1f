package qroar.reports.plot;

import java.util.Locale;

/** Shapes that are told apart without colour and cover about the same area. */
public enum Marker {
    CIRCLE,
    DIAMOND,
    SQUARE,
    TRIANGLE,
    CROSS,
    STAR,
    ARROW_DOWN;

    /** Path data of the shape around (x, y), {@code r} its radius in pixels. */
    String path(double x, double y, double r) {
        return switch (this) {
            case CIRCLE ->
                String.format(
                        Locale.ROOT,
                        "M%s %sa%s %s 0 1 0 %s 0a%s %s 0 1 0 %s 0z",
                        n(x - r),
                        n(y),
                        n(r),
                        n(r),
                        n(2 * r),
                        n(r),
                        n(r),
                        n(-2 * r));
            case DIAMOND -> polygon(x, y, r * 1.3, 4, 0);
            case SQUARE -> polygon(x, y, r * 1.25, 4, Math.PI / 4);
            case TRIANGLE -> polygon(x, y + r * 0.2, r * 1.3, 3, 0);
            case CROSS ->
                "M" + n(x - r) + " " + n(y - r) + "L" + n(x + r) + " " + n(y + r) + "M" + n(x - r) + " " + n(y + r)
                        + "L" + n(x + r) + " " + n(y - r);
            case STAR -> star(x, y, r * 1.7, r * 0.75);
            case ARROW_DOWN -> polygon(x, y - r * 0.2, r * 1.3, 3, Math.PI);
        };
    }

    private static String polygon(double x, double y, double r, int corners, double turn) {
        StringBuilder path = new StringBuilder();
        for (int i = 0; i < corners; i++) {
            double angle = turn + 2 * Math.PI * i / corners;
            path.append(i == 0 ? "M" : "L").append(n(x + r * Math.sin(angle))).append(' ');
            path.append(n(y - r * Math.cos(angle)));
        }
        return path.append('z').toString();
    }

    private static String star(double x, double y, double outer, double inner) {
        StringBuilder path = new StringBuilder();
        for (int i = 0; i < 10; i++) {
            double r = i % 2 == 0 ? outer : inner;
            double angle = Math.PI * i / 5;
            path.append(i == 0 ? "M" : "L").append(n(x + r * Math.sin(angle))).append(' ');
            path.append(n(y - r * Math.cos(angle)));
        }
        return path.append('z').toString();
    }

    private static String n(double value) {
        return Svg.number(value);
    }
}
