package qroar.reports.figure;

import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.reports.plot.Axis;
import qroar.reports.plot.Ink;
import qroar.reports.plot.Marker;
import qroar.reports.plot.Numbers;
import qroar.reports.plot.Panel;
import qroar.reports.plot.Svg;

/** What each factor of a sweep does: one row per level, a dot per study, a diamond at their mean. */
public final class FactorFigure {
    private static final double WIDTH = 760;
    private static final double ROW = 20;
    private static final double HEAD = 22;
    private static final int LABEL_CHARACTERS = 40;

    private FactorFigure() {}

    /** Null while nothing varies or nothing has gained yet. */
    public static @Nullable String draw(String id, String axis, List<SweepFactor> factors) {
        List<Double> gains = factors.stream()
                .flatMap(factor -> factor.levels().stream())
                .flatMap(level -> level.gains().stream())
                .toList();
        if (gains.isEmpty()) {
            return null;
        }
        double low = Math.min(0, gains.stream().mapToDouble(g -> g).min().orElse(0));
        double high = Math.max(0, gains.stream().mapToDouble(g -> g).max().orElse(0));
        int rows = factors.stream().mapToInt(factor -> factor.levels().size()).sum();
        int longest = factors.stream()
                .flatMap(factor -> factor.levels().stream())
                .mapToInt(level -> Svg.shorten(level.value(), LABEL_CHARACTERS).length())
                .max()
                .orElse(0);
        double left = 20 + Svg.widthOf("x".repeat(Math.max(longest, 14)));
        double bottom = 6 + factors.size() * HEAD + rows * ROW;
        Panel panel =
                new Panel(Axis.linear(low, high, 0.05, left, WIDTH - 110), new Axis(Axis.Kind.LINEAR, 0, 1, bottom, 4));
        Svg svg = new Svg(
                id,
                WIDTH,
                bottom + 40,
                "Held-out gain per level of each sweep factor",
                "One row per level: a dot per study and a diamond at their mean; the means are written at the right.");
        GainAxis.draw(svg, panel, axis);
        double y = 6;
        for (SweepFactor factor : factors) {
            svg.group(Ink.HEADING)
                    .text(left - 8, y + 15, Svg.Anchor.END, factor.name())
                    .end();
            y += HEAD;
            for (SweepFactor.Level level : factor.levels()) {
                drawLevel(svg, panel, level, y + ROW / 2);
                y += ROW;
            }
        }
        return svg.markup();
    }

    private static void drawLevel(Svg svg, Panel panel, SweepFactor.Level level, double y) {
        svg.group(Ink.TEXT)
                .text(panel.left() - 8, y + 3.6, Svg.Anchor.END, Svg.shorten(level.value(), LABEL_CHARACTERS))
                .end();
        svg.group(Series.UNQUANTIZED.hollow().with("stroke-width", "0.8"));
        for (double gain : level.gains()) {
            svg.marker(Marker.CIRCLE, panel.x().at(gain), y, 2.2);
        }
        svg.end();
        double mean = level.mean();
        if (Double.isFinite(mean)) {
            svg.group(Series.TUNED.solid())
                    .marker(Marker.DIAMOND, panel.x().at(mean), y, 4, level.value() + ": mean " + Numbers.nats(mean))
                    .end();
        }
        String mark = Double.isFinite(mean) ? Numbers.nats(mean) : "not yet";
        svg.group(Ink.MUTED)
                .text(
                        WIDTH - 4,
                        y + 3.6,
                        Svg.Anchor.END,
                        mark + "  (n = " + level.gains().size() + ")")
                .end();
    }
}
