package qroar.reports.plot;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Round values inside a range, rising, and their labels.
 *
 * @param values rising
 * @param labels one per value
 */
public record Ticks(List<Double> values, List<String> labels) {
    private static final double[] STEPS = {1, 2, 2.5, 5, 10};

    public Ticks {
        values = List.copyOf(values);
        labels = List.copyOf(labels);
        if (values.size() != labels.size()) {
            throw new IllegalArgumentException(labels.size() + " labels for " + values.size() + " ticks");
        }
    }

    /**
     * Multiples of 1, 2, 2.5 or 5 times a power of ten.
     *
     * @param wanted about how many; never more than {@code wanted + 2}
     */
    public static Ticks linear(double low, double high, int wanted) {
        double step = step(high - low, wanted);
        List<Double> values = new ArrayList<>();
        List<String> labels = new ArrayList<>();
        int decimals = decimals(step);
        for (long i = (long) Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
            double value = i == 0 ? 0.0 : i * step;
            values.add(value);
            labels.add(label(value, decimals));
        }
        return new Ticks(values, labels);
    }

    /** 1, 2 and 5 times powers of ten over a wide range, powers alone over a very wide one, linear ones over a narrow one. */
    public static Ticks log(double low, double high, int wanted) {
        double decades = Math.log10(high / low);
        if (decades < 0.7) {
            return linear(low, high, wanted);
        }
        double[] mantissas = decades * 3 <= wanted + 2 ? new double[] {1, 2, 5} : new double[] {1};
        int every = Math.max(1, (int) Math.ceil(decades / Math.max(1, wanted)));
        List<Double> values = new ArrayList<>();
        List<String> labels = new ArrayList<>();
        int first = (int) Math.floor(Math.log10(low));
        for (int exponent = first; exponent <= Math.log10(high); exponent++) {
            if (Math.floorMod(exponent, every) != 0) {
                continue;
            }
            for (double mantissa : mantissas) {
                double value = mantissa * Math.pow(10, exponent);
                if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) {
                    values.add(value);
                    labels.add(logLabel(value, exponent));
                }
            }
        }
        return values.size() < 2 ? linear(low, high, wanted) : new Ticks(values, labels);
    }

    private static double step(double span, int wanted) {
        double raw = span / Math.max(1, wanted);
        double power = Math.pow(10, Math.floor(Math.log10(raw)));
        for (double step : STEPS) {
            if (step * power >= raw * (1 - 1e-9)) {
                return step * power;
            }
        }
        return 10 * power;
    }

    /** Digits after the point that tell neighbours apart. */
    private static int decimals(double step) {
        for (int decimals = 0; decimals < 12; decimals++) {
            double scaled = step * Math.pow(10, decimals);
            if (Math.abs(scaled - Math.rint(scaled)) < 1e-6 * scaled) {
                return decimals;
            }
        }
        return 12;
    }

    private static String label(double value, int decimals) {
        String text = String.format(Locale.ROOT, "%." + decimals + "f", Math.abs(value));
        return value < 0 ? "\u2212" + text : text;
    }

    private static String logLabel(double value, int exponent) {
        if (exponent < -3 || exponent > 4) {
            return String.format(Locale.ROOT, "%.0e", value)
                    .replace("e+0", "e")
                    .replace("e-0", "e-")
                    .replace("e-", "e\u2212");
        }
        return label(value, Math.max(0, -exponent));
    }
}
