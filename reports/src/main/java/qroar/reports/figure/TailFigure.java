package qroar.reports.figure;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import qroar.experiments.study.StudyOutcome.LayerTails;
import qroar.reports.model.BandReport;
import qroar.reports.model.StudyReport;
import qroar.reports.plot.Axis;
import qroar.reports.plot.Ink;
import qroar.reports.plot.Numbers;
import qroar.reports.plot.Svg;

/**
 * Tail inflation per layer and band as two strips of cells: orange where tails grew, blue where they shrank, the ratio
 * written into the cell where it fits. Layers beyond what fits side by side are drawn in groups by their largest ratio.
 */
public final class TailFigure {
    private static final double LEFT = 62;
    private static final double STRIP = 320;
    private static final double BETWEEN = 52;
    private static final double CELL = 18;
    private static final int MOST_COLUMNS = 40;

    private TailFigure() {}

    private record Cell(int row, int column, double value, String tip) {}

    /** Null where layers were not kept apart. */
    public static @Nullable String draw(String id, StudyReport study) {
        List<BandReport> bands = study.bandsOverLayers();
        int layers = bands.stream()
                .mapToInt(band -> band.diagnostics() == null
                        ? 0
                        : band.diagnostics().layers().size())
                .max()
                .orElse(0);
        if (layers == 0) {
            return null;
        }
        int perColumn = (layers + MOST_COLUMNS - 1) / MOST_COLUMNS;
        int columns = (layers + perColumn - 1) / perColumn;
        double height = 24 + bands.size() * CELL + 60;
        Svg svg = new Svg(
                id,
                760,
                height,
                "Tail inflation ratio per layer and band, study " + study.id(),
                "Two strips, before and after the rotation: one row per band, one column per "
                        + (perColumn == 1 ? "layer." : perColumn + " layers (their largest ratio)."));
        List<Cell> before = cells(bands, perColumn, LayerTails::tirWeights);
        List<Cell> after = cells(bands, perColumn, LayerTails::tirActivations);
        double reach = Math.max(reach(before), reach(after));
        drawStrip(svg, before, bands, LEFT, columns, "before RoPE", reach);
        drawStrip(svg, after, bands, LEFT + STRIP + BETWEEN, columns, "after RoPE", reach);
        drawLayerLabels(svg, LEFT, columns, perColumn, bands.size());
        drawLayerLabels(svg, LEFT + STRIP + BETWEEN, columns, perColumn, bands.size());
        RatioColours.drawLegend(
                svg,
                LEFT,
                height - 14,
                shortRatio(Math.exp(-reach)),
                shortRatio(Math.exp(reach)) + "   (ratio, log colour scale)");
        return svg.markup();
    }

    private static List<Cell> cells(List<BandReport> bands, int perColumn, ToDoubleFunction<LayerTails> tail) {
        List<Cell> cells = new ArrayList<>();
        for (int b = 0; b < bands.size(); b++) {
            BandReport.Diagnostics diagnostics = bands.get(b).diagnostics();
            List<LayerTails> layers = diagnostics == null ? List.of() : diagnostics.layers();
            for (int from = 0; from < layers.size(); from += perColumn) {
                double value = Double.NaN;
                for (LayerTails layer : layers.subList(from, Math.min(layers.size(), from + perColumn))) {
                    double ratio = tail.applyAsDouble(layer);
                    value = Double.isNaN(value) ? ratio : Math.max(value, ratio);
                }
                cells.add(new Cell(b, from / perColumn, value, "layer " + from + ": " + Numbers.brief(value)));
            }
        }
        return cells;
    }

    /** Largest |ln ratio|: the strips share one colour scale. */
    private static double reach(List<Cell> cells) {
        return cells.stream()
                .mapToDouble(Cell::value)
                .filter(Axis.Kind.LOG::draws)
                .map(ratio -> Math.abs(Math.log(ratio)))
                .max()
                .orElse(0);
    }

    private static void drawStrip(
            Svg svg, List<Cell> cells, List<BandReport> bands, double left, int columns, String name, double reach) {
        double width = STRIP / columns;
        for (int level = -RatioColours.LEVELS; level <= RatioColours.LEVELS; level++) {
            int wanted = level;
            List<Cell> same = cells.stream()
                    .filter(cell -> RatioColours.level(cell.value(), reach) == wanted)
                    .toList();
            if (!same.isEmpty()) {
                svg.group(RatioColours.of(level));
                same.forEach(
                        cell -> svg.rect(left + cell.column() * width, 24 + cell.row() * CELL, width - 1, CELL - 1));
                svg.end();
            }
        }
        if (width >= 34) {
            for (Cell cell : cells) {
                svg.group(RatioColours.textOn(RatioColours.level(cell.value(), reach)))
                        .text(
                                left + (cell.column() + 0.5) * width,
                                24 + (cell.row() + 0.5) * CELL + 3,
                                Svg.Anchor.MIDDLE,
                                shortRatio(cell.value()))
                        .end();
            }
        }
        svg.group(Ink.HEADING).text(left, 15, Svg.Anchor.START, name).end().group(Ink.MUTED);
        for (int b = 0; b < bands.size(); b++) {
            svg.text(
                    left - 6,
                    24 + (b + 0.5) * CELL + 3.6,
                    Svg.Anchor.END,
                    bands.get(b).fromPair() + "\u2013" + (bands.get(b).toPair() - 1));
        }
        svg.end();
    }

    private static String shortRatio(double value) {
        return Double.isFinite(value) && value < 100
                ? String.format(java.util.Locale.ROOT, "%.2f", value)
                : Numbers.brief(value);
    }

    private static void drawLayerLabels(Svg svg, double left, int columns, int perColumn, int rows) {
        double width = STRIP / columns;
        int every = Math.max(1, (int) Math.ceil(22 / width));
        double y = 24 + rows * CELL + 12;
        svg.group(Ink.MUTED);
        for (int column = 0; column < columns; column += every) {
            svg.text(left + (column + 0.5) * width, y, Svg.Anchor.MIDDLE, "" + column * perColumn);
        }
        svg.end()
                .group(Ink.TEXT)
                .text(left + STRIP / 2, y + 15, Svg.Anchor.MIDDLE, "layer")
                .end();
    }
}
