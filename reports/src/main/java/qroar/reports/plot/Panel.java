package qroar.reports.plot;

/**
 * A pair of axes with their grid.
 *
 * @param x horizontal, left to right
 * @param y vertical; {@code fromPixel} is the bottom
 */
public record Panel(Axis x, Axis y) {
    public double left() {
        return x.fromPixel();
    }

    public double right() {
        return x.toPixel();
    }

    public double top() {
        return y.toPixel();
    }

    public double bottom() {
        return y.fromPixel();
    }

    public double centre() {
        return (left() + right()) / 2;
    }

    /** Horizontal grid lines, and their labels on the left. */
    public void drawRows(Svg svg, Ticks ticks) {
        drawRowLines(svg, ticks);
        svg.group(Ink.MUTED);
        for (int i = 0; i < ticks.values().size(); i++) {
            svg.text(
                    left() - 6,
                    y.at(ticks.values().get(i)) + 3.6,
                    Svg.Anchor.END,
                    ticks.labels().get(i));
        }
        svg.end();
    }

    /** Horizontal grid lines alone, for panels that share the labels of their neighbour. */
    public void drawRowLines(Svg svg, Ticks ticks) {
        svg.group(Ink.GRID);
        for (double value : ticks.values()) {
            svg.line(left(), y.at(value), right(), y.at(value));
        }
        svg.end();
    }

    /** The horizontal axis with its ticks; a label that would touch the one before is left out. */
    public void drawColumns(Svg svg, Ticks ticks) {
        svg.group(Ink.AXIS).line(left(), bottom(), right(), bottom());
        for (double value : ticks.values()) {
            svg.line(x.at(value), bottom(), x.at(value), bottom() + 4);
        }
        svg.end().group(Ink.MUTED);
        double free = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < ticks.values().size(); i++) {
            String label = ticks.labels().get(i);
            double centre = x.at(ticks.values().get(i));
            double half = Svg.widthOf(label) / 2;
            if (centre - half >= free) {
                svg.text(centre, bottom() + 16, Svg.Anchor.MIDDLE, label);
                free = centre + half + 3;
            }
        }
        svg.end();
    }
}
