package qroar.reports.figure;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import qroar.reports.model.BandReport;
import qroar.reports.model.StudyReport;
import qroar.reports.plot.Axis;
import qroar.reports.plot.Ink;
import qroar.reports.plot.LabelSpread;
import qroar.reports.plot.Numbers;
import qroar.reports.plot.Panel;
import qroar.reports.plot.Svg;
import qroar.reports.plot.Ticks;

/** Interpolation pressure and phase deviation per band on the left, tail inflation ratios on the right. */
public final class PressureFigure {
    private static final double WIDTH = 880;
    private static final double HEIGHT = 230;
    private static final double BOTTOM = HEIGHT - 46;

    private PressureFigure() {}

    private record Line(Series series, String label, ToDoubleFunction<BandReport.Diagnostics> value) {}

    /** Null while no band has diagnostics. */
    public static @Nullable String draw(String id, StudyReport study) {
        if (study.bands().stream().allMatch(band -> band.diagnostics() == null)) {
            return null;
        }
        Svg svg = new Svg(
                id,
                WIDTH,
                HEIGHT,
                "Interpolation pressure and tail inflation per band, study " + study.id(),
                "Left: interpolation pressure and phase deviation in radians. Right: tail inflation ratio before and after"
                        + " the rotation. The numbers are in the table of bands.");
        drawPanel(
                svg,
                study.bandsOverLayers(),
                List.of(
                        new Line(Series.TUNED, "pressure", BandReport.Diagnostics::interpolationPressure),
                        new Line(Series.UNQUANTIZED, "deviation", BandReport.Diagnostics::phaseDeviation)),
                new double[] {62, 345},
                "radians (log scale)",
                Axis.Kind.LOG);
        drawPanel(
                svg,
                study.bandsOverLayers(),
                List.of(
                        new Line(Series.BASELINE, "before RoPE", BandReport.Diagnostics::tirWeights),
                        new Line(Series.CONTROL, "after RoPE", BandReport.Diagnostics::tirActivations)),
                new double[] {500, 783},
                "tail inflation ratio",
                Axis.Kind.LINEAR);
        return svg.markup();
    }

    private static void drawPanel(
            Svg svg, List<BandReport> bands, List<Line> lines, double[] sides, String label, Axis.Kind kind) {
        Axis y = valueAxis(bands, lines, kind);
        Axis x = new Axis(Axis.Kind.LINEAR, -0.5, bands.size() - 0.5, sides[0], sides[1]);
        Panel panel = new Panel(x, y);
        panel.drawRows(
                svg, kind == Axis.Kind.LOG ? Ticks.log(y.low(), y.high(), 5) : Ticks.linear(y.low(), y.high(), 5));
        panel.drawColumns(svg, bandTicks(bands));
        svg.group(Ink.TEXT)
                .text(panel.centre(), HEIGHT - 6, Svg.Anchor.MIDDLE, "RoPE pairs of the band")
                .textUpwards(sides[0] - 48, (panel.top() + panel.bottom()) / 2, label)
                .end();
        if (kind == Axis.Kind.LINEAR && y.holds(1)) {
            svg.group(Ink.REFERENCE).line(sides[0], y.at(1), sides[1], y.at(1)).end();
        }
        double[] ends = new double[lines.size()];
        for (int i = 0; i < ends.length; i++) {
            ends[i] = drawLine(svg, panel, bands, lines.get(i));
        }
        double[] placed = LabelSpread.spread(ends, 14, panel.top() + 4, panel.bottom() - 4);
        for (int i = 0; i < ends.length; i++) {
            svg.group(lines.get(i).series().text())
                    .text(
                            panel.right() + 6,
                            placed[i] + 3.6,
                            Svg.Anchor.START,
                            lines.get(i).label())
                    .end();
        }
    }

    /** Returns the pixel of its last point, for the label. */
    private static double drawLine(Svg svg, Panel panel, List<BandReport> bands, Line line) {
        List<double[]> points = new ArrayList<>();
        List<String> tips = new ArrayList<>();
        for (int b = 0; b < bands.size(); b++) {
            double value = value(bands.get(b), line);
            if (isShown(value, panel.y().kind())) {
                points.add(new double[] {panel.x().at(b), panel.y().at(value)});
                tips.add(line.label() + ": " + Numbers.brief(value));
            }
        }
        svg.group(line.series().line())
                .polyline(points)
                .end()
                .group(line.series().solid());
        for (int i = 0; i < points.size(); i++) {
            svg.marker(line.series().marker(), points.get(i)[0], points.get(i)[1], 3.4, tips.get(i));
        }
        svg.end();
        return points.isEmpty() ? panel.bottom() : points.get(points.size() - 1)[1];
    }

    private static Ticks bandTicks(List<BandReport> bands) {
        List<Double> values = new ArrayList<>();
        List<String> labels = new ArrayList<>();
        for (int b = 0; b < bands.size(); b++) {
            values.add((double) b);
            labels.add(bands.get(b).fromPair() + "\u2013" + (bands.get(b).toPair() - 1));
        }
        return new Ticks(values, labels);
    }

    private static Axis valueAxis(List<BandReport> bands, List<Line> lines, Axis.Kind kind) {
        double low = kind == Axis.Kind.LINEAR ? 1 : Double.POSITIVE_INFINITY;
        double high = kind == Axis.Kind.LINEAR ? 1 : 0;
        for (BandReport band : bands) {
            for (Line line : lines) {
                double value = value(band, line);
                if (isShown(value, kind)) {
                    low = Math.min(low, value);
                    high = Math.max(high, value);
                }
            }
        }
        if (kind == Axis.Kind.LINEAR) {
            return Axis.linear(low, high, 0.1, BOTTOM, 14);
        }
        return high > 0 ? Axis.log(low, high, 0.08, BOTTOM, 14) : Axis.log(1, 10, 0, BOTTOM, 14);
    }

    private static double value(BandReport band, Line line) {
        BandReport.Diagnostics diagnostics = band.diagnostics();
        return diagnostics == null ? Double.NaN : line.value().applyAsDouble(diagnostics);
    }

    private static boolean isShown(double value, Axis.Kind kind) {
        return kind.draws(value);
    }
}
