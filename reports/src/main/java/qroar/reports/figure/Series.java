package qroar.reports.figure;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.reports.model.LengthRow;
import qroar.reports.model.heldout.HeldOutDetail.PositionLoss;
import qroar.reports.plot.Ink;
import qroar.reports.plot.Marker;

/** The four models of a study: colour, shape and dashes are the same in every picture and in the table's heads. */
public enum Series {
    BASELINE("quantized", "s1", "#c2500a", Marker.CIRCLE, ""),
    TUNED("quantized, scaled", "s2", "#0067a8", Marker.DIAMOND, ""),
    UNQUANTIZED("unquantized", "s3", "#4b5563", Marker.SQUARE, "6 3"),
    CONTROL("unquantized, scaled (control)", "s4", "#0a7f5a", Marker.TRIANGLE, "2 3");

    private final String label;
    private final String cssClass;
    private final String colour;
    private final Marker marker;
    private final String dashes;

    Series(String label, String cssClass, String colour, Marker marker, String dashes) {
        this.label = label;
        this.cssClass = cssClass;
        this.colour = colour;
        this.marker = marker;
        this.dashes = dashes;
    }

    public String label() {
        return label;
    }

    Marker marker() {
        return marker;
    }

    /** For lines and whiskers. */
    Ink line() {
        Ink ink = new Ink(cssClass + " l", Map.of("fill", "none", "stroke", colour, "stroke-width", "1.6"));
        return dashes.isEmpty() ? ink : ink.with("stroke-dasharray", dashes);
    }

    Ink whisker() {
        return new Ink(cssClass + " l", Map.of("fill", "none", "stroke", colour, "stroke-width", "1.2"));
    }

    /** For filled markers. */
    Ink solid() {
        return new Ink(cssClass, Map.of("fill", colour, "stroke", colour, "stroke-width", "1"));
    }

    /** For hollow markers. */
    Ink hollow() {
        return new Ink(cssClass + " o", Map.of("fill", "#fff", "stroke", colour, "stroke-width", "1.4"));
    }

    Ink text() {
        return new Ink(cssClass + " x", Map.of("fill", colour, "font-size", "11"));
    }

    @Nullable Double loss(PositionLoss position) {
        return switch (this) {
            case BASELINE -> position.baseline();
            case TUNED -> position.tuned();
            case UNQUANTIZED -> position.unquantized();
            case CONTROL -> position.control();
        };
    }

    @Nullable Double perplexity(LengthRow row) {
        return switch (this) {
            case BASELINE -> row.baseline();
            case TUNED -> row.tuned();
            case UNQUANTIZED -> row.unquantized();
            case CONTROL -> row.control();
        };
    }
}
