package qroar.reports.figure;

import qroar.reports.plot.Ink;
import qroar.reports.plot.Panel;
import qroar.reports.plot.Svg;
import qroar.reports.plot.Ticks;

/** The horizontal axis of figures whose rows are gains on held-out documents: a grid, and a line where nothing is gained. */
final class GainAxis {
    private GainAxis() {}

    static void draw(Svg svg, Panel panel, String label) {
        Ticks ticks = Ticks.linear(panel.x().low(), panel.x().high(), 6);
        svg.group(Ink.GRID);
        for (double value : ticks.values()) {
            svg.line(panel.x().at(value), panel.top(), panel.x().at(value), panel.bottom());
        }
        svg.end();
        panel.drawColumns(svg, ticks);
        svg.group(Ink.AXIS)
                .line(panel.x().at(0), panel.top(), panel.x().at(0), panel.bottom())
                .end();
        svg.group(Ink.TEXT)
                .text(panel.centre(), panel.bottom() + 34, Svg.Anchor.MIDDLE, label + ", positive is better")
                .end();
    }
}
