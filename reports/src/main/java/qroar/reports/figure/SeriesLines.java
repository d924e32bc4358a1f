package qroar.reports.figure;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import qroar.reports.plot.Ink;
import qroar.reports.plot.LabelSpread;
import qroar.reports.plot.Panel;
import qroar.reports.plot.Svg;

/** Lines of the four models against something, each with its label at its end. */
final class SeriesLines {
    private SeriesLines() {}

    /**
     * @param points {x, y} in values of the panel's axes, rising in x
     * @param tip what a point says when it is pointed at, behind the model's name
     */
    static void draw(Svg svg, Panel panel, Series series, List<double[]> points, Function<double[], String> tip) {
        List<double[]> pixels = points.stream()
                .map(point -> new double[] {panel.x().at(point[0]), panel.y().at(point[1])})
                .toList();
        svg.group(series.line()).polyline(pixels).end();
        boolean open = series == Series.UNQUANTIZED || series == Series.CONTROL;
        svg.group(open ? series.hollow() : series.solid());
        for (int i = 0; i < pixels.size(); i++) {
            svg.marker(
                    series.marker(),
                    pixels.get(i)[0],
                    pixels.get(i)[1],
                    3.6,
                    series.label() + ", " + tip.apply(points.get(i)));
        }
        svg.end();
    }

    static void label(Svg svg, Panel panel, Map<Series, List<double[]>> lines) {
        List<Series> shown = List.copyOf(lines.keySet());
        double[] wanted = new double[shown.size()];
        for (int i = 0; i < wanted.length; i++) {
            List<double[]> points = lines.getOrDefault(shown.get(i), List.of());
            wanted[i] = points.isEmpty() ? panel.bottom() : panel.y().at(points.get(points.size() - 1)[1]);
        }
        double[] placed = LabelSpread.spread(wanted, 14, panel.top() + 4, panel.bottom() - 4);
        for (int i = 0; i < wanted.length; i++) {
            double end = panel.right();
            svg.group(Ink.LEADER).line(end - 4, wanted[i], end + 10, placed[i]).end();
            svg.group(shown.get(i).text())
                    .text(
                            end + 14,
                            placed[i] + 3.6,
                            Svg.Anchor.START,
                            shown.get(i).label())
                    .end();
        }
    }
}
