package qroar.reports.figure;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import qroar.reports.model.BandReport;
import qroar.reports.model.BandReport.LayerRange;
import qroar.reports.model.StudyReport;
import qroar.reports.plot.Axis;
import qroar.reports.plot.Ink;
import qroar.reports.plot.Numbers;
import qroar.reports.plot.Svg;

/**
 * The found scales as cells, one row per band and one column per group of layers: blue below 1, orange above, the scale written
 * into the cell where it fits.
 */
public final class LayerScalesFigure {
    private static final double LEFT = 62;
    private static final double WIDTH = 680;
    private static final double TOP = 10;
    private static final double CELL = 20;

    private LayerScalesFigure() {}

    /** Null where all layers share scales, or they are not known. */
    public static @Nullable String draw(String id, StudyReport study) {
        List<List<BandReport>> groups = study.bandsByLayers();
        boolean known = study.bands().stream()
                .allMatch(band -> band.scale() != null && Axis.Kind.LOG.draws(band.scale()) && band.layers() != null);
        if (groups.size() < 2 || !known) {
            return null;
        }
        int bands = groups.get(0).size();
        double height = TOP + bands * CELL + 56;
        Svg svg = new Svg(
                id,
                760,
                height,
                "Scale per band and group of layers, study " + study.id(),
                "One row per band, one column per group of layers. The numbers are in the table of bands.");
        double reach = study.bands().stream()
                .mapToDouble(band -> Math.abs(Math.log(scale(band))))
                .max()
                .orElse(0);
        double width = WIDTH / groups.size();
        for (int g = 0; g < groups.size(); g++) {
            List<BandReport> group = groups.get(g);
            for (int b = 0; b < group.size(); b++) {
                drawCell(svg, LEFT + g * width, TOP + b * CELL, width, group.get(b), reach);
            }
        }
        drawLabels(svg, groups, width);
        RatioColours.drawLegend(svg, LEFT, height - 6, words(-reach), words(reach) + "   (scale, log colour scale)");
        return svg.markup();
    }

    private static double scale(BandReport band) {
        Double scale = band.scale();
        return scale == null ? 1 : scale;
    }

    private static void drawCell(Svg svg, double x, double y, double width, BandReport band, double reach) {
        int level = RatioColours.level(scale(band), reach);
        svg.group(RatioColours.of(level))
                .rect(x, y, Math.max(0.5, width - 1), CELL - 1)
                .end();
        if (width >= 42) {
            svg.group(RatioColours.textOn(level))
                    .text(x + width / 2, y + CELL / 2 + 3, Svg.Anchor.MIDDLE, Numbers.scale(band.scale()))
                    .end();
        }
    }

    private static void drawLabels(Svg svg, List<List<BandReport>> groups, double width) {
        svg.group(Ink.MUTED);
        List<BandReport> first = groups.get(0);
        for (int b = 0; b < first.size(); b++) {
            String pairs = first.get(b).fromPair() + "\u2013" + (first.get(b).toPair() - 1);
            svg.text(LEFT - 6, TOP + (b + 0.5) * CELL + 3, Svg.Anchor.END, pairs);
        }
        int every = Math.max(1, (int) Math.ceil(38 / width));
        double y = TOP + first.size() * CELL + 12;
        for (int g = 0; g < groups.size(); g += every) {
            LayerRange layers = groups.get(g).get(0).layers();
            if (layers != null) {
                svg.text(LEFT + (g + 0.5) * width, y, Svg.Anchor.MIDDLE, layers.words());
            }
        }
        svg.end()
                .group(Ink.TEXT)
                .text(LEFT + WIDTH / 2, y + 15, Svg.Anchor.MIDDLE, "layers")
                .end();
    }

    private static String words(double logScale) {
        return String.format(Locale.ROOT, "%.3f", Math.exp(logScale));
    }
}
