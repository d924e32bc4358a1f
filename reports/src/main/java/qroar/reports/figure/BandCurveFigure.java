package qroar.reports.figure;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.reports.model.BandReport;
import qroar.reports.model.BandReport.LayerRange;
import qroar.reports.model.StudyReport;
import qroar.reports.plot.Axis;
import qroar.reports.plot.Ink;
import qroar.reports.plot.Numbers;
import qroar.reports.plot.Panel;
import qroar.reports.plot.Svg;
import qroar.reports.plot.Ticks;

/**
 * The found scales of every study as steps over the RoPE pairs, so that studies with other numbers of bands can be compared:
 * where many agree on a shape it belongs to the model, where they scatter it is the search's noise.
 */
public final class BandCurveFigure {
    private static final double WIDTH = 760;
    private static final double HEIGHT = 280;

    private BandCurveFigure() {}

    /**
     * One study.
     *
     * @param study whose scales
     * @param target id of the row of a table that says more
     * @param place how it is drawn
     */
    public record Curve(StudyReport study, String target, Place place) {}

    /** How a curve is drawn; later ones lie above earlier ones. */
    public enum Place {
        OTHER,
        LARGEST_GAIN,
        BEST
    }

    /** Null with fewer than two studies that have found scales. */
    public static @Nullable String draw(String id, List<Curve> curves) {
        List<Curve> drawn = curves.stream()
                .filter(curve -> isDrawn(curve.study()))
                .sorted(Comparator.comparing(Curve::place))
                .toList();
        if (drawn.size() < 2) {
            return null;
        }
        double low = 1;
        double high = 1;
        int pairs = 1;
        for (Curve curve : drawn) {
            for (BandReport band : curve.study().bands()) {
                low = Math.min(low, scale(band));
                high = Math.max(high, scale(band));
                pairs = Math.max(pairs, band.toPair());
            }
        }
        Panel panel = new Panel(Axis.linear(0, pairs, 0, 62, WIDTH - 12), Axis.log(low, high, 0.08, HEIGHT - 46, 26));
        Svg svg = new Svg(
                id,
                WIDTH,
                HEIGHT,
                "Scales of every study over the RoPE pairs",
                "One stepped line per study, or per group of its layers: the found scale of each RoPE pair. "
                        + drawn.size() + " studies.");
        panel.drawRows(svg, Ticks.log(panel.y().low(), panel.y().high(), 6));
        panel.drawColumns(svg, Ticks.linear(0, pairs, 8));
        svg.group(Ink.REFERENCE)
                .line(panel.left(), panel.y().at(1), panel.right(), panel.y().at(1))
                .end();
        svg.group(Ink.TEXT)
                .text(panel.centre(), HEIGHT - 6, Svg.Anchor.MIDDLE, "RoPE pair, highest frequency first")
                .textUpwards(14, (panel.top() + panel.bottom()) / 2, "scale (log scale)")
                .end();
        drawn.forEach(curve -> drawCurve(svg, panel, curve));
        drawLegend(svg, drawn);
        return svg.markup();
    }

    private static boolean isDrawn(StudyReport study) {
        return study.settings().searches()
                && !study.bands().isEmpty()
                && study.bands().stream()
                        .allMatch(band -> band.scale() != null
                                && Axis.Kind.LOG.draws(band.scale())
                                && band.fromPair() < band.toPair());
    }

    private static double scale(BandReport band) {
        Double scale = band.scale();
        return scale == null ? 1 : scale;
    }

    private static void drawCurve(Svg svg, Panel panel, Curve curve) {
        svg.row(curve.target()).link(curve.target()).group(ink(curve.place()));
        for (List<BandReport> bands : curve.study().bandsByLayers()) {
            List<double[]> points = new ArrayList<>();
            LayerRange layers = bands.get(0).layers();
            StringBuilder tip = new StringBuilder(curve.study().id())
                    .append(layers == null ? "" : ", layers " + layers.words())
                    .append(':');
            for (BandReport band : bands) {
                double y = panel.y().at(scale(band));
                points.add(new double[] {panel.x().at(band.fromPair()), y});
                points.add(new double[] {panel.x().at(band.toPair()), y});
                tip.append(' ').append(Numbers.scale(band.scale()));
            }
            svg.polyline(points, tip.toString());
        }
        svg.end().end().end();
    }

    private static Ink ink(Place place) {
        return switch (place) {
            case BEST -> Series.TUNED.line().with("stroke-width", "2.4");
            case LARGEST_GAIN ->
                Series.BASELINE.line().with("stroke-width", "2").with("stroke-dasharray", "7 3");
            case OTHER ->
                Series.UNQUANTIZED
                        .line()
                        .with("stroke-width", "1")
                        .with("stroke-dasharray", "none")
                        .with("opacity", "0.55");
        };
    }

    private static void drawLegend(Svg svg, List<Curve> drawn) {
        double x = 62;
        for (Place place : Place.values()) {
            List<Curve> those =
                    drawn.stream().filter(curve -> curve.place() == place).toList();
            if (those.isEmpty()) {
                continue;
            }
            String label = switch (place) {
                case BEST -> "best: " + Svg.shorten(those.get(0).study().id(), 40);
                case LARGEST_GAIN ->
                    "largest gain: " + Svg.shorten(those.get(0).study().id(), 40);
                case OTHER -> those.size() == 1 ? "another" : those.size() + " others";
            };
            svg.group(ink(place)).line(x, 10, x + 22, 10).end();
            svg.group(Ink.TEXT).text(x + 27, 13.6, Svg.Anchor.START, label).end();
            x += 27 + Svg.widthOf(label) + 14;
        }
    }
}
