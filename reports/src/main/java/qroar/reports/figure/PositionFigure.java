package qroar.reports.figure;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.reports.model.StudyReport;
import qroar.reports.model.heldout.HeldOutDetail.PositionLoss;
import qroar.reports.plot.Axis;
import qroar.reports.plot.Ink;
import qroar.reports.plot.Numbers;
import qroar.reports.plot.Panel;
import qroar.reports.plot.Svg;
import qroar.reports.plot.Ticks;

/**
 * Held-out loss against the position of the token, one line per model. A perplexity at a length is a mean over all positions
 * below it and hides where interpolation or quantization begins to hurt.
 */
public final class PositionFigure {
    private static final double WIDTH = 640;
    private static final double HEIGHT = 270;

    private PositionFigure() {}

    /** Null while fewer than two ranges of positions are known. */
    public static @Nullable String draw(String id, StudyReport study) {
        Map<Series, List<double[]>> lines = lines(study.heldOut().positions());
        double[] reach = reach(lines);
        if (!(reach[0] < reach[1])) {
            return null;
        }
        Panel panel = new Panel(
                Axis.log(reach[0], reach[1], 0.05, 62, WIDTH - 190),
                Axis.linear(reach[2], reach[3], 0.08, HEIGHT - 46, 12));
        Svg svg = new Svg(
                id,
                WIDTH,
                HEIGHT,
                "Loss per position, study " + study.id(),
                "Mean held-out loss in nats per token of " + lines.size() + " models at "
                        + study.heldOut().positions().size() + " ranges of positions.");
        panel.drawRows(svg, Ticks.linear(panel.y().low(), panel.y().high(), 6));
        panel.drawColumns(svg, positions(study.heldOut().positions()));
        svg.group(Ink.TEXT)
                .text(panel.centre(), HEIGHT - 6, Svg.Anchor.MIDDLE, "position up to (tokens, log scale)")
                .textUpwards(14, (panel.top() + panel.bottom()) / 2, "loss (nats per token)")
                .end();
        study.lengths().stream()
                .filter(row -> row.trainedWindow() && panel.x().holds(row.lengthTokens()))
                .forEach(row -> svg.group(Ink.REFERENCE)
                        .line(
                                panel.x().at(row.lengthTokens()),
                                panel.top(),
                                panel.x().at(row.lengthTokens()),
                                panel.bottom())
                        .end());
        lines.forEach((series, points) -> SeriesLines.draw(
                svg, panel, series, points, point -> "up to " + (int) point[0] + ": " + Numbers.brief(point[1])));
        SeriesLines.label(svg, panel, lines);
        return svg.markup();
    }

    private static Map<Series, List<double[]>> lines(List<PositionLoss> positions) {
        Map<Series, List<double[]>> lines = new EnumMap<>(Series.class);
        for (Series series : Series.values()) {
            List<double[]> points = new ArrayList<>();
            for (PositionLoss position : positions) {
                Double loss = series.loss(position);
                if (loss != null && Axis.Kind.LINEAR.draws(loss) && position.toPosition() > 0) {
                    points.add(new double[] {position.toPosition(), loss});
                }
            }
            if (!points.isEmpty()) {
                lines.put(series, points);
            }
        }
        return lines;
    }

    /** Lowest and highest position, lowest and highest loss. */
    private static double[] reach(Map<Series, List<double[]>> lines) {
        double[] reach = {Double.POSITIVE_INFINITY, 0, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
        lines.values().stream().flatMap(List::stream).forEach(point -> {
            reach[0] = Math.min(reach[0], point[0]);
            reach[1] = Math.max(reach[1], point[0]);
            reach[2] = Math.min(reach[2], point[1]);
            reach[3] = Math.max(reach[3], point[1]);
        });
        return reach;
    }

    private static Ticks positions(List<PositionLoss> positions) {
        List<Integer> ends = positions.stream()
                .map(PositionLoss::toPosition)
                .filter(end -> end > 0)
                .sorted()
                .distinct()
                .toList();
        return new Ticks(
                ends.stream().map(Integer::doubleValue).toList(),
                ends.stream().map(Numbers::count).toList());
    }
}
