package qroar.reports.figure;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;
import qroar.reports.model.LengthRow;
import qroar.reports.model.StudyReport;
import qroar.reports.plot.Axis;
import qroar.reports.plot.Ink;
import qroar.reports.plot.Numbers;
import qroar.reports.plot.Panel;
import qroar.reports.plot.Svg;
import qroar.reports.plot.Ticks;

/**
 * Held-out perplexity against context length, one line per model. Whiskers are the intervals of the paired differences,
 * laid about the scaled models: they say how sure the step from the line without scales is, not how sure the level is.
 */
public final class PerplexityFigure {
    private static final double WIDTH = 640;
    private static final double HEIGHT = 300;
    private static final double WIDE_RANGE = 4;

    private PerplexityFigure() {}

    /** Null while no perplexity is known. */
    public static @Nullable String draw(String id, StudyReport study) {
        Map<Series, List<double[]>> lines = lines(study.lengths());
        if (lines.isEmpty()) {
            return null;
        }
        Panel panel = panel(study.lengths(), lines);
        Svg svg = new Svg(
                id,
                WIDTH,
                HEIGHT,
                "Perplexity per context length, study " + study.id(),
                "Held-out perplexity of " + lines.size() + " models at "
                        + study.lengths().size() + " context lengths; the numbers are in the table beside it.");
        boolean log = panel.y().kind() == Axis.Kind.LOG;
        panel.drawRows(
                svg,
                log
                        ? Ticks.log(panel.y().low(), panel.y().high(), 6)
                        : Ticks.linear(panel.y().low(), panel.y().high(), 6));
        panel.drawColumns(svg, lengthTicks(study.lengths()));
        svg.group(Ink.TEXT)
                .text(panel.centre(), HEIGHT - 6, Svg.Anchor.MIDDLE, "context length (tokens, log scale)")
                .textUpwards(14, (panel.top() + panel.bottom()) / 2, log ? "perplexity (log scale)" : "perplexity")
                .end();
        drawTrainedWindow(svg, panel, study.lengths());
        for (Map.Entry<Series, List<double[]>> line : lines.entrySet()) {
            drawWhiskers(svg, panel, line.getKey(), study.lengths());
            SeriesLines.draw(
                    svg,
                    panel,
                    line.getKey(),
                    line.getValue(),
                    point -> (int) point[0] + " tokens: " + Numbers.perplexity(point[1]));
        }
        SeriesLines.label(svg, panel, lines);
        return svg.markup();
    }

    private static Map<Series, List<double[]>> lines(List<LengthRow> rows) {
        Map<Series, List<double[]>> lines = new EnumMap<>(Series.class);
        for (Series series : Series.values()) {
            List<double[]> points = new ArrayList<>();
            for (LengthRow row : rows) {
                Double perplexity = series.perplexity(row);
                if (perplexity != null && Axis.Kind.LOG.draws(perplexity)) {
                    points.add(new double[] {row.lengthTokens(), perplexity});
                }
            }
            if (!points.isEmpty()) {
                lines.put(series, points);
            }
        }
        return lines;
    }

    private static Panel panel(List<LengthRow> rows, Map<Series, List<double[]>> lines) {
        double low = Double.POSITIVE_INFINITY;
        double high = 0;
        for (List<double[]> points : lines.values()) {
            for (double[] point : points) {
                low = Math.min(low, point[1]);
                high = Math.max(high, point[1]);
            }
        }
        for (LengthRow row : rows) {
            for (double end : whisker(Series.TUNED, row)) {
                low = Math.min(low, end);
                high = Math.max(high, end);
            }
        }
        double bottom = HEIGHT - 46;
        Axis y = high / low > WIDE_RANGE
                ? Axis.log(low, high, 0.06, bottom, 18)
                : Axis.linear(low, high, 0.08, bottom, 18);
        Axis x = Axis.log(rows.get(0).lengthTokens(), rows.get(rows.size() - 1).lengthTokens(), 0.05, 62, WIDTH - 190);
        return new Panel(x, y);
    }

    private static Ticks lengthTicks(List<LengthRow> rows) {
        return new Ticks(
                rows.stream().map(row -> (double) row.lengthTokens()).toList(),
                rows.stream().map(row -> "" + row.lengthTokens()).toList());
    }

    private static void drawTrainedWindow(Svg svg, Panel panel, List<LengthRow> rows) {
        for (LengthRow row : rows) {
            if (row.trainedWindow()) {
                double x = panel.x().at(row.lengthTokens());
                svg.group(Ink.REFERENCE).line(x, panel.top(), x, panel.bottom()).end();
                svg.group(Ink.MUTED)
                        .text(x, panel.top() - 6, Svg.Anchor.MIDDLE, "trained window")
                        .end();
            }
        }
    }

    /** Ends of the interval about a scaled model's perplexity, or nothing. */
    private static double[] whisker(Series series, LengthRow row) {
        Interval gain =
                series == Series.TUNED ? row.tunedPplGain() : series == Series.CONTROL ? row.controlPplGain() : null;
        Double centre = series.perplexity(row);
        if (gain == null || centre == null || !Axis.Kind.LOG.draws(centre)) {
            return new double[0];
        }
        double low = centre * Math.exp(gain.estimate() - gain.upper());
        double high = centre * Math.exp(gain.estimate() - gain.lower());
        return Axis.Kind.LOG.draws(low) && Axis.Kind.LOG.draws(high) ? new double[] {low, high} : new double[0];
    }

    private static void drawWhiskers(Svg svg, Panel panel, Series series, List<LengthRow> rows) {
        svg.group(series.whisker());
        for (LengthRow row : rows) {
            double[] ends = whisker(series, row);
            if (ends.length == 2) {
                double x = panel.x().at(row.lengthTokens());
                double top = panel.y().clamped(ends[1]);
                double bottom = panel.y().clamped(ends[0]);
                svg.line(x, top, x, bottom).line(x - 3, top, x + 3, top).line(x - 3, bottom, x + 3, bottom);
            }
        }
        svg.end();
    }
}
