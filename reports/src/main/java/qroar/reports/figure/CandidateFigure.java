package qroar.reports.figure;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import qroar.experiments.search.CommonStart;
import qroar.reports.model.BandReport;
import qroar.reports.model.CandidateRow;
import qroar.reports.model.StudyReport;
import qroar.reports.plot.Axis;
import qroar.reports.plot.Ink;
import qroar.reports.plot.Marker;
import qroar.reports.plot.Numbers;
import qroar.reports.plot.Panel;
import qroar.reports.plot.Svg;
import qroar.reports.plot.Ticks;

/**
 * Gain against scale, one panel per band: the search window shaded, measured candidates as filled circles (later passes
 * faint), stopped ones as triangles at their last estimate with a bar up to the bound that stopped them and the share
 * of windows they cost, the winner as a star. Below each panel, the incumbent's scale after each pass.
 */
public final class CandidateFigure {
    private static final double WIDTH = 960;
    private static final double LEFT = 62;
    private static final double GAP = 18;
    private static final double PLOT = 190;
    private static final double PATH_ROW = 13;
    private static final int COLUMNS = 4;

    /** Of many groups of layers the table of candidates tells; see {@link LayerScalesFigure}. */
    private static final int MOST_PANELS = 64;

    /** More candidates of one band than this are thinned out: no eye tells them apart. */
    private static final int MOST_MARKS = 60;

    private static final Ink WINNER =
            new Ink("win", Map.of("fill", "#0067a8", "stroke", "#fff", "stroke-width", "0.8"));

    private final StudyReport study;
    private final Function<CandidateRow, @Nullable String> target;
    private final int passes;
    private final Axis gains;
    private final double rowHeight;

    private CandidateFigure(StudyReport study, Axis gains, Function<CandidateRow, @Nullable String> target) {
        this.target = target;
        this.study = study;
        this.gains = gains;
        this.passes =
                study.candidates().stream().mapToInt(CandidateRow::pass).max().orElse(1);
        this.rowHeight = 26 + PLOT + 24 + PATH_ROW * (Math.min(passes, 6) + 1) + 14;
    }

    /** Null while no candidate has a gain. */
    public static @Nullable String draw(String id, StudyReport study) {
        return draw(id, study, candidate -> null);
    }

    /** @param target id of the row of a table that says more of a candidate; null for none */
    public static @Nullable String draw(String id, StudyReport study, Function<CandidateRow, @Nullable String> target) {
        Axis gains = gainAxis(study);
        boolean fits = study.bands().size() <= MOST_PANELS;
        return gains == null || study.bands().isEmpty() || !fits
                ? null
                : new CandidateFigure(study, gains, target).draw(id);
    }

    private String draw(String id) {
        int bands = study.bands().size();
        int rows = (bands + COLUMNS - 1) / COLUMNS;
        double height = rows * rowHeight + 22;
        Svg svg = new Svg(
                id,
                WIDTH,
                height,
                "Gain of every candidate scale per band, study " + study.id(),
                "One panel per band: gain over the incumbent in nats of ln J against the band's scale; "
                        + study.candidates().size() + " candidates in " + passes
                        + " passes. The numbers are in the table of candidates.");
        int columns = Math.min(COLUMNS, bands);
        double width = (WIDTH - LEFT - 12 - GAP * (COLUMNS - 1)) / COLUMNS;
        for (int b = 0; b < bands; b++) {
            double left = LEFT + (b % COLUMNS) * (width + GAP);
            double top = b / COLUMNS * rowHeight + 26;
            Axis y = new Axis(Axis.Kind.LINEAR, gains.low(), gains.high(), top + PLOT, top);
            drawBand(svg, b, new Panel(scaleAxis(b, left, left + width), y));
        }
        double middle = LEFT + (columns * (width + GAP) - GAP) / 2;
        svg.group(Ink.TEXT).text(middle, height - 5, Svg.Anchor.MIDDLE, "scale of the band (log scale)");
        for (int row = 0; row < rows; row++) {
            svg.textUpwards(13, row * rowHeight + 26 + PLOT / 2, "gain (nats of ln J)");
        }
        return svg.end().markup();
    }

    private void drawBand(Svg svg, int b, Panel panel) {
        BandReport band = study.bands().get(b);
        BandReport.Window window = band.window();
        if (window != null && isDrawn(window)) {
            double from = panel.x().clamped(window.low());
            svg.group(Ink.SHADE)
                    .rect(from, panel.top(), panel.x().clamped(window.high()) - from, PLOT)
                    .end();
        }
        Ticks rows = Ticks.linear(gains.low(), gains.high(), 6);
        if (b % COLUMNS == 0) {
            panel.drawRows(svg, rows);
        } else {
            panel.drawRowLines(svg, rows);
        }
        panel.drawColumns(svg, Ticks.linear(panel.x().low(), panel.x().high(), 4));
        svg.group(Ink.AXIS)
                .line(
                        panel.left(),
                        panel.y().clamped(0),
                        panel.right(),
                        panel.y().clamped(0))
                .end();
        svg.group(Ink.HEADING)
                .text(
                        panel.left(),
                        panel.top() - 9,
                        Svg.Anchor.START,
                        (band.layers() == null
                                        ? "pairs "
                                        : "layers " + band.layers().words() + ", pairs ") + band.fromPair() + "\u2013"
                                + (band.toPair() - 1))
                .end();
        svg.group(Ink.TEXT)
                .text(
                        panel.right(),
                        panel.top() - 9,
                        Svg.Anchor.END,
                        band.scale() == null ? "not yet" : "s = " + Numbers.scale(band.scale()))
                .end();
        List<CandidateRow> candidates = candidatesOf(b);
        new CandidateMarks(panel, b, target).draw(svg, candidates);
        drawWinner(svg, panel, b, candidates);
        if (band.scale() != null) {
            drawPath(svg, panel, b, candidates);
        }
    }

    private void drawWinner(Svg svg, Panel panel, int b, List<CandidateRow> candidates) {
        Double scale = study.bands().get(b).scale();
        if (scale == null || !Axis.Kind.LOG.draws(scale)) {
            return;
        }
        CandidateRow last = null;
        for (CandidateRow candidate : candidates) {
            if (candidate.promoted() && candidate.scales().get(b).equals(scale)) {
                last = candidate;
            }
        }
        double gain = last == null || last.gainNats() == null ? 0 : last.gainNats();
        if (gains.kind().draws(gain)) {
            svg.group(WINNER)
                    .marker(
                            Marker.STAR,
                            panel.x().clamped(scale),
                            panel.y().clamped(gain),
                            4.2,
                            "best scale " + Numbers.scale(scale))
                    .end();
        }
    }

    /** The incumbent's scale at the start and after each pass, downwards. */
    private void drawPath(Svg svg, Panel panel, int b, List<CandidateRow> candidates) {
        int rows = Math.min(passes, 6);
        double top = panel.bottom() + 30;
        double scale = candidates.stream()
                .filter(candidate -> candidate.promoted() && candidate.pass() == CommonStart.PASS)
                .map(candidate -> candidate.scales().get(b))
                .reduce(1.0, (before, after) -> after);
        List<double[]> path = new ArrayList<>();
        path.add(new double[] {panel.x().clamped(scale), top});
        for (int pass = 1; pass <= rows; pass++) {
            for (CandidateRow candidate : candidates) {
                if (candidate.promoted() && candidate.pass() == pass) {
                    scale = candidate.scales().get(b);
                }
            }
            path.add(new double[] {panel.x().clamped(scale), top + pass * PATH_ROW});
        }
        svg.group(Series.TUNED.line()).polyline(path).end().group(Series.TUNED.solid());
        for (double[] point : path) {
            svg.marker(Marker.CIRCLE, point[0], point[1], 2.2);
        }
        svg.end();
        if (b % COLUMNS == 0) {
            svg.group(Ink.MUTED);
            for (int pass = 0; pass <= rows; pass++) {
                svg.text(
                        panel.left() - 6,
                        top + pass * PATH_ROW + 3.6,
                        Svg.Anchor.END,
                        pass == 0 ? "start" : "pass " + pass);
            }
            svg.end();
        }
    }

    private List<CandidateRow> candidatesOf(int b) {
        List<CandidateRow> all = study.candidates().stream()
                .filter(c -> b < c.scales().size() && (c.band() == null || c.band() == b))
                .filter(c -> Axis.Kind.LOG.draws(c.scales().get(b)))
                .toList();
        if (all.size() <= MOST_MARKS) {
            return all;
        }
        int every = (all.size() + MOST_MARKS - 1) / MOST_MARKS;
        List<CandidateRow> thinned = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            if (i % every == 0 || all.get(i).promoted()) {
                thinned.add(all.get(i));
            }
        }
        return thinned;
    }

    private static boolean isDrawn(BandReport.Window window) {
        return Axis.Kind.LOG.draws(window.low()) && Axis.Kind.LOG.draws(window.high()) && window.low() < window.high();
    }

    private Axis scaleAxis(int b, double left, double right) {
        List<Double> scales = new ArrayList<>(List.of(1.0));
        candidatesOf(b).forEach(c -> scales.add(c.scales().get(b)));
        BandReport.Window window = study.bands().get(b).window();
        if (window != null && Axis.Kind.LOG.draws(window.low()) && Axis.Kind.LOG.draws(window.high())) {
            scales.add(window.low());
            scales.add(window.high());
        }
        return Axis.log(
                scales.stream().min(Comparator.naturalOrder()).orElse(1.0),
                scales.stream().max(Comparator.naturalOrder()).orElse(1.0),
                0.08,
                left,
                right);
    }

    /**
     * Common to all panels. Losers far below would press the contest near zero into a line, so the axis ends at three
     * times the largest gain or bound; what lies lower is an arrow.
     */
    private static @Nullable Axis gainAxis(StudyReport study) {
        double low = 0;
        double high = Axis.Kind.LINEAR.draws(study.settings().minGainNats())
                ? study.settings().minGainNats()
                : 0;
        boolean any = false;
        for (CandidateRow candidate : study.candidates()) {
            Double gain = candidate.gainNats();
            if (gain == null || !Axis.Kind.LINEAR.draws(gain)) {
                continue;
            }
            any = true;
            low = Math.min(low, gain);
            high = Math.max(high, gain);
        }
        if (!any) {
            return null;
        }
        high = Math.max(high, 1e-6);
        return Axis.linear(Math.max(low, -3 * high), high, 0.1, 1, 0);
    }
}
