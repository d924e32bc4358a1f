package qroar.reports.figure;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import qroar.experiments.search.CommonStart;
import qroar.experiments.trial.Standing;
import qroar.reports.model.CandidateRow;
import qroar.reports.plot.Ink;
import qroar.reports.plot.Marker;
import qroar.reports.plot.Numbers;
import qroar.reports.plot.Panel;
import qroar.reports.plot.Svg;

/**
 * The marks of one band's candidates. They are gathered first and written by ink, later passes below the first one and
 * fainter; of texts that would cover each other the first is kept, for the table has them all.
 */
final class CandidateMarks {
    private static final double LABEL_HEIGHT = 10;
    private static final String FAINT = "0.4";

    private final Panel panel;
    private final int band;
    private final Function<CandidateRow, @Nullable String> target;
    private final Map<Ink, List<Mark>> marks = new LinkedHashMap<>();
    private final Map<Ink, List<double[]>> bounds = new LinkedHashMap<>();
    private final List<Label> labels = new ArrayList<>();

    private record Mark(Marker marker, double x, double y, double radius, CandidateRow candidate) {}

    private record Label(double x, double y, String text) {
        boolean touches(Label other) {
            double reach = (Svg.widthOf(text) + Svg.widthOf(other.text)) * 0.45;
            return Math.abs(x - other.x) < reach && Math.abs(y - other.y) < LABEL_HEIGHT;
        }
    }

    /** @param target id of the row of a table that says more of a candidate; null for none */
    CandidateMarks(Panel panel, int band, Function<CandidateRow, @Nullable String> target) {
        this.panel = panel;
        this.target = target;
        this.band = band;
    }

    void draw(Svg svg, List<CandidateRow> candidates) {
        int first = candidates.stream()
                .mapToInt(CandidateRow::pass)
                .filter(pass -> pass != CommonStart.PASS)
                .min()
                .orElse(1);
        candidates.stream().filter(c -> c.pass() != first).forEach(c -> add(c, FAINT));
        candidates.stream().filter(c -> c.pass() == first).forEach(c -> add(c, ""));
        bounds.forEach((ink, lines) -> {
            svg.group(ink);
            for (double[] line : lines) {
                svg.line(line[0], line[1], line[0], line[2]).line(line[0] - 3, line[2], line[0] + 3, line[2]);
            }
            svg.end();
        });
        marks.forEach((ink, same) -> {
            svg.group(ink);
            same.forEach(mark -> svg.marker(
                    mark.marker(),
                    mark.x(),
                    mark.y(),
                    mark.radius(),
                    tip(mark.candidate()),
                    target.apply(mark.candidate())));
            svg.end();
        });
        if (!labels.isEmpty()) {
            svg.group(Ink.SMALL.with("font-size", "9"));
            labels.forEach(label -> svg.text(label.x(), label.y(), Svg.Anchor.MIDDLE, label.text()));
            svg.end();
        }
    }

    private void add(CandidateRow candidate, String opacity) {
        double x = panel.x().clamped(candidate.scales().get(band));
        if (candidate.state() == Standing.FAILED || candidate.state() == Standing.DIVERGED) {
            put(Series.BASELINE.whisker(), opacity, new Mark(Marker.CROSS, x, panel.bottom() - 7, 3.6, candidate));
            label(x, panel.bottom() - 15, candidate.state().word());
            return;
        }
        Double gain = candidate.gainNats();
        if (gain == null || !panel.y().kind().draws(gain)) {
            return;
        }
        if (gain < panel.y().low()) {
            boolean stopped = candidate.state() == Standing.STOPPED;
            Ink ink = stopped ? Series.BASELINE.hollow() : Series.UNQUANTIZED.solid();
            put(ink, opacity, new Mark(Marker.ARROW_DOWN, x, panel.bottom() - 6, 3.4, candidate));
            if (stopped && opacity.isEmpty()) {
                label(x, panel.bottom() - 14, share(candidate));
            }
        } else if (candidate.state() == Standing.STOPPED) {
            addStopped(candidate, opacity, x, panel.y().at(gain));
        } else {
            addMeasured(candidate, opacity, x, panel.y().clamped(gain));
        }
    }

    private void addStopped(CandidateRow candidate, String opacity, double x, double y) {
        Double upper = candidate.gainUpperNats();
        if (upper != null && !upper.isNaN()) {
            bounds.computeIfAbsent(faint(Series.BASELINE.whisker(), opacity), ink -> new ArrayList<>())
                    .add(new double[] {x, y, panel.y().clamped(upper)});
        }
        put(Series.BASELINE.hollow(), opacity, new Mark(Marker.TRIANGLE, x, y, 3.4, candidate));
        if (opacity.isEmpty()) {
            label(x, y + 13 < panel.bottom() - 2 ? y + 13 : y - 8, share(candidate));
        }
    }

    private void addMeasured(CandidateRow candidate, String opacity, double x, double y) {
        boolean shared = candidate.state() == Standing.SHARED;
        Marker marker = shared ? Marker.SQUARE : Marker.CIRCLE;
        Ink ink = candidate.promoted()
                ? Series.TUNED.solid()
                : shared ? Series.UNQUANTIZED.hollow() : Series.UNQUANTIZED.solid();
        put(ink, opacity, new Mark(marker, x, y, 3, candidate));
    }

    private void put(Ink ink, String opacity, Mark mark) {
        marks.computeIfAbsent(faint(ink, opacity), same -> new ArrayList<>()).add(mark);
    }

    private void label(double x, double y, String text) {
        double half = Svg.widthOf(text) / 2;
        double inside = Math.max(panel.left() + half, Math.min(panel.right() - half, x));
        Label wanted = new Label(inside, y, text);
        if (labels.stream().noneMatch(wanted::touches)) {
            labels.add(wanted);
        }
    }

    private static Ink faint(Ink ink, String opacity) {
        return opacity.isEmpty() ? ink : ink.with("opacity", opacity);
    }

    private static String share(CandidateRow candidate) {
        return candidate.windowsPlanned() > 0
                ? Math.round(100.0 * candidate.windowsMeasured() / candidate.windowsPlanned()) + "%"
                : "";
    }

    private String tip(CandidateRow candidate) {
        return "scale " + Numbers.scale(candidate.scales().get(band)) + ", pass " + candidate.pass() + ": "
                + Numbers.nats(candidate.gainNats()) + ", " + candidate.state().word() + " after "
                + candidate.windowsMeasured() + "/" + candidate.windowsPlanned();
    }
}
