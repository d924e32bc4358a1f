package qroar.reports.figure;

import java.util.Map;
import qroar.reports.plot.Ink;
import qroar.reports.plot.Svg;

/** Nine colours for ratios, even in their logarithm: blue below 1, grey at it, orange above. */
final class RatioColours {
    /** On either side of 1. */
    static final int LEVELS = 4;

    private static final String[] COLOURS = {
        "#2b6cb0", "#6ba3d6", "#a9cbe8", "#d6e6f4", "#f3f4f6", "#fbe3cf", "#f6bd8b", "#ec8f45", "#c2500a"
    };
    private static final double STEP = 20;

    private RatioColours() {}

    /**
     * From {@code -}{@value #LEVELS} to {@value #LEVELS}; 0 for a ratio that has no logarithm.
     *
     * @param reach largest distance of a logarithm from 0, which has the outermost colour
     */
    static int level(double ratio, double reach) {
        double distance = Math.log(ratio);
        if (!Double.isFinite(distance) || reach < 1e-9) {
            return 0;
        }
        return (int) Math.max(-LEVELS, Math.min(LEVELS, Math.rint(LEVELS * distance / reach)));
    }

    static Ink of(int level) {
        return new Ink("h" + (level + LEVELS), Map.of("fill", COLOURS[level + LEVELS]));
    }

    /** Of what is written upon a colour. */
    static Ink textOn(int level) {
        boolean dark = Math.abs(level) == LEVELS;
        return new Ink(dark ? "hd" : "hl", Map.of("fill", dark ? "#fff" : "#1f2933", "font-size", "10"));
    }

    /** All of them in a row, between the words for the least and the largest ratio. */
    static void drawLegend(Svg svg, double left, double y, String least, String largest) {
        for (int level = -LEVELS; level <= LEVELS; level++) {
            svg.group(of(level))
                    .rect(left + (level + LEVELS) * STEP, y - 9, STEP - 1, 10)
                    .end();
        }
        double end = left + (2 * LEVELS + 1) * STEP;
        svg.group(Ink.MUTED)
                .text(left - 6, y, Svg.Anchor.END, least)
                .text(end + 5, y, Svg.Anchor.START, largest)
                .end();
    }
}
