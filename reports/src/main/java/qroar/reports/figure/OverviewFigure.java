package qroar.reports.figure;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;
import qroar.reports.model.StudyReport;
import qroar.reports.plot.Axis;
import qroar.reports.plot.Ink;
import qroar.reports.plot.Marker;
import qroar.reports.plot.Numbers;
import qroar.reports.plot.Panel;
import qroar.reports.plot.Svg;

/** Held-out gains of many studies, or documents, side by side, with intervals, each with its control; the best one marked. */
public final class OverviewFigure {
    private static final double WIDTH = 760;
    private static final double TOP = 26;
    private static final int LABEL_CHARACTERS = 40;

    /** What gains of studies are, by what they seek; of several objectives they are in nats, yet of different figures. */
    public static String axis(List<StudyReport> studies) {
        List<String> units = studies.stream()
                .map(study -> study.objective().aim().unit())
                .distinct()
                .toList();
        return "held-out gain (" + (units.size() == 1 ? units.get(0) : "nats of what each study sought") + ")";
    }

    private OverviewFigure() {}

    /**
     * One row.
     *
     * @param label what it is
     * @param gain of the scaled quantized model; null while unknown
     * @param control of the same scales unquantized; null while unknown
     * @param place whether it is the best of all
     * @param target id of the row of a table that says more; null for none
     */
    public record Row(
            String label,
            @Nullable Interval gain,
            @Nullable Interval control,
            Place place,
            @Nullable String target) {}

    /** Whether a row is marked. */
    public enum Place {
        BEST,
        OTHER
    }

    /** Null while no row has a gain. */
    public static @Nullable String draw(String id, String title, String axis, List<Row> rows) {
        double low = 0;
        double high = 0;
        boolean any = false;
        for (Row row : rows) {
            for (Interval gain : gains(row)) {
                if (isShown(gain)) {
                    any = true;
                    low = Math.min(
                            Math.min(low, gain.estimate()),
                            Axis.Kind.LINEAR.draws(gain.lower()) ? gain.lower() : gain.estimate());
                    high = Math.max(
                            Math.max(high, gain.estimate()),
                            Axis.Kind.LINEAR.draws(gain.upper()) ? gain.upper() : gain.estimate());
                }
            }
        }
        if (!any) {
            return null;
        }
        double pitch = rows.size() <= 30 ? 22 : 15;
        double left = 20 + Svg.widthOf("x".repeat(longest(rows)));
        double bottom = TOP + rows.size() * pitch + 4;
        Panel panel = new Panel(
                Axis.linear(low, high, 0.05, left, WIDTH - 78),
                new Axis(Axis.Kind.LINEAR, -0.5, rows.size() - 0.5, bottom, TOP));
        Svg svg = new Svg(
                id,
                WIDTH,
                bottom + 40,
                title,
                "One row each: " + axis + " with its interval, and the gain of the same scales without quantization. "
                        + rows.size() + " rows.");
        GainAxis.draw(svg, panel, axis);
        drawLegend(svg, left);
        for (int i = 0; i < rows.size(); i++) {
            drawRow(svg, panel, rows.get(i), TOP + (i + 0.5) * pitch, pitch);
        }
        return svg.markup();
    }

    private static int longest(List<Row> rows) {
        return rows.stream()
                .mapToInt(row -> Svg.shorten(row.label(), LABEL_CHARACTERS).length())
                .max()
                .orElse(0);
    }

    private static void drawLegend(Svg svg, double left) {
        svg.group(Series.TUNED.solid())
                .marker(Series.TUNED.marker(), left + 6, 12, 3.6)
                .end();
        svg.group(Series.TUNED.text())
                .text(left + 14, 15.6, Svg.Anchor.START, "quantized")
                .end();
        svg.group(Series.CONTROL.hollow())
                .marker(Series.CONTROL.marker(), left + 92, 12, 3.6)
                .end();
        svg.group(Series.CONTROL.text())
                .text(left + 100, 15.6, Svg.Anchor.START, "control: same scales, unquantized")
                .end();
    }

    private static void drawRow(Svg svg, Panel panel, Row row, double y, double pitch) {
        boolean best = row.place() == Place.BEST;
        double left = panel.left() - 8;
        svg.row(row.target()).group(best ? Ink.TEXT.with("font-weight", "600") : Ink.TEXT);
        svg.link(row.target())
                .text(left, y + 3.6, Svg.Anchor.END, Svg.shorten(row.label(), LABEL_CHARACTERS))
                .end()
                .end();
        Interval control = row.control();
        if (control != null && isShown(control)) {
            drawGain(svg, panel, control, y + pitch * 0.22, Series.CONTROL, Series.CONTROL.marker(), row.label());
        }
        Interval gain = row.gain();
        if (gain != null && isShown(gain)) {
            drawGain(
                    svg,
                    panel,
                    gain,
                    y - pitch * 0.14,
                    Series.TUNED,
                    best ? Marker.STAR : Series.TUNED.marker(),
                    row.label());
        }
        svg.group(Ink.MUTED)
                .text(WIDTH - 4, y + 3.6, Svg.Anchor.END, gain == null ? "not yet" : Numbers.nats(gain.estimate()))
                .end()
                .end();
    }

    private static void drawGain(
            Svg svg, Panel panel, Interval gain, double y, Series series, Marker marker, String label) {
        if (Axis.Kind.LINEAR.draws(gain.lower()) && Axis.Kind.LINEAR.draws(gain.upper())) {
            svg.group(series.whisker())
                    .line(panel.x().clamped(gain.lower()), y, panel.x().clamped(gain.upper()), y)
                    .end();
        }
        svg.group(series == Series.CONTROL ? series.hollow() : series.solid())
                .marker(marker, panel.x().at(gain.estimate()), y, 3.2, label + ": " + Numbers.nats(gain.estimate()))
                .end();
    }

    private static List<Interval> gains(Row row) {
        List<Interval> gains = new ArrayList<>();
        if (row.gain() != null) {
            gains.add(row.gain());
        }
        if (row.control() != null) {
            gains.add(row.control());
        }
        return gains;
    }

    private static boolean isShown(Interval gain) {
        return Axis.Kind.LINEAR.draws(gain.estimate());
    }
}
