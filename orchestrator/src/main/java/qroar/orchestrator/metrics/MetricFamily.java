package qroar.orchestrator.metrics;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * One metric and its samples, in the terms of the Prometheus text format 0.0.4.
 *
 * @param name lower-case words with underscores; a counter's ends in {@code _total}
 * @param help one line for people
 */
public record MetricFamily(String name, Type type, String help, List<Sample> samples) {
    private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_]*");

    /** What a value means. */
    public enum Type {
        /** Only rises while the process lives. */
        COUNTER,
        /** Goes up and down. */
        GAUGE;

        String word() {
            return this == COUNTER ? "counter" : "gauge";
        }
    }

    /** A value under labels, in their order. */
    public record Sample(Map<String, String> labels, double value) {
        public Sample {
            labels = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(labels));
            labels.keySet().forEach(MetricFamily::requireName);
        }
    }

    public MetricFamily {
        requireName(name);
        if ((type == Type.COUNTER) != name.endsWith("_total")) {
            throw new IllegalArgumentException("metric " + name + ": counters, and they alone, end in _total");
        }
        samples = List.copyOf(samples);
    }

    private static void requireName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("'" + name + "' is no name of a metric or label");
        }
    }

    /** A counter with one value. */
    public static MetricFamily counter(String name, String help, double value) {
        return new MetricFamily(name, Type.COUNTER, help, List.of(new Sample(Map.of(), value)));
    }

    /** A gauge with one value. */
    public static MetricFamily gauge(String name, String help, double value) {
        return new MetricFamily(name, Type.GAUGE, help, List.of(new Sample(Map.of(), value)));
    }

    /** One sample per entry, told apart by one label. */
    public static MetricFamily by(
            String label, String name, Type type, String help, Map<String, ? extends Number> values) {
        List<Sample> samples = new ArrayList<>();
        values.forEach((key, value) -> samples.add(new Sample(Map.of(label, key), value.doubleValue())));
        return new MetricFamily(name, type, help, samples);
    }
}
