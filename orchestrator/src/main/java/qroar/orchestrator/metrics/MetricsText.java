package qroar.orchestrator.metrics;

import java.util.List;
import java.util.Map;

/** Metrics in the Prometheus text format, version 0.0.4. */
public final class MetricsText {
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private MetricsText() {}

    /** Families in their order, each with its HELP and TYPE line; one without samples is left out. */
    public static String of(List<MetricFamily> families) {
        StringBuilder out = new StringBuilder();
        for (MetricFamily family : families) {
            if (family.samples().isEmpty()) {
                continue;
            }
            out.append("# HELP ").append(family.name()).append(' ');
            appendEscaped(out, family.help(), Quotes.AS_THEY_ARE);
            out.append("\n# TYPE ")
                    .append(family.name())
                    .append(' ')
                    .append(family.type().word())
                    .append('\n');
            for (MetricFamily.Sample sample : family.samples()) {
                out.append(family.name());
                appendLabels(out, sample.labels());
                out.append(' ').append(number(sample.value())).append('\n');
            }
        }
        return out.toString();
    }

    private static void appendLabels(StringBuilder out, Map<String, String> labels) {
        char separator = '{';
        for (Map.Entry<String, String> label : labels.entrySet()) {
            out.append(separator).append(label.getKey()).append("=\"");
            appendEscaped(out, label.getValue(), Quotes.ESCAPED);
            out.append('"');
            separator = ',';
        }
        if (!labels.isEmpty()) {
            out.append('}');
        }
    }

    private enum Quotes {
        AS_THEY_ARE,
        ESCAPED
    }

    /** Backslash and line feed everywhere, the quotation mark in label values only. */
    private static void appendEscaped(StringBuilder out, String text, Quotes quotes) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                out.append("\\\\");
            } else if (c == '\n') {
                out.append("\\n");
            } else if (c == '"' && quotes == Quotes.ESCAPED) {
                out.append("\\\"");
            } else {
                out.append(c);
            }
        }
    }

    /** Whole numbers without a fraction; NaN and infinities in the format's words. */
    static String number(double value) {
        if (Double.isNaN(value)) {
            return "NaN";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "+Inf" : "-Inf";
        }
        return value == Math.rint(value) && Math.abs(value) < 1L << 53
                ? Long.toString((long) value)
                : Double.toString(value);
    }
}
