package qroar.protocol.rope;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import qroar.protocol.BadInput;
import qroar.protocol.spec.SpecReader;
import qroar.protocol.spec.SpecWriter;

/**
 * Text form of a {@link RopeScaling}: {@code none}, {@code linear:factor=4}, {@code ntk:alpha=4},
 * {@code dynamic:factor=4},
 * {@code yarn:factor=4[,original=4096,beta-fast=32,beta-slow=1,attention-factor=..,mscale=..,mscale-all-dim=..,truncate=true]},
 * {@code llama3:factor=8,original=8192[,low-freq-factor=1,high-freq-factor=4]},
 * {@code longrope:short=1;1.2;..,long=1;1.5;..[,original=..,attention-factor=..,factor=..]}.
 */
public final class RopeScalingSpec {
    private static final double DEFAULT_LOW_FREQ_FACTOR = 1;
    private static final double DEFAULT_HIGH_FREQ_FACTOR = 4;

    private static final Map<String, List<String>> OPTIONS = options();

    private RopeScalingSpec() {}

    private static Map<String, List<String>> options() {
        Map<String, List<String>> options = new LinkedHashMap<>();
        options.put("none", List.of());
        options.put("linear", List.of("factor"));
        options.put("ntk", List.of("alpha"));
        options.put("dynamic", List.of("factor"));
        options.put(
                "yarn",
                List.of(
                        "factor",
                        "original",
                        "beta-fast",
                        "beta-slow",
                        "attention-factor",
                        "mscale",
                        "mscale-all-dim",
                        "truncate"));
        options.put("llama3", List.of("factor", "original", "low-freq-factor", "high-freq-factor"));
        options.put("longrope", List.of("short", "long", "original", "attention-factor", "factor"));
        return options;
    }

    /** @throws BadInput one line that names the option, its value and the limit */
    public static RopeScaling parse(String text) {
        SpecReader spec = SpecReader.read("rope", text, OPTIONS);
        try {
            return scaling(spec);
        } catch (IllegalArgumentException outOfRange) {
            throw spec.refuse(String.valueOf(outOfRange.getMessage()));
        }
    }

    private static RopeScaling scaling(SpecReader spec) {
        switch (spec.word()) {
            case "linear":
                return new LinearScaling(spec.number("factor"));
            case "ntk":
                return new NtkScaling(spec.number("alpha"));
            case "dynamic":
                return new DynamicScaling(spec.number("factor"));
            case "yarn":
                return new YarnScaling(
                        spec.number("factor"),
                        spec.integerOrNull("original"),
                        spec.number("beta-fast", YarnScaling.DEFAULT_BETA_FAST),
                        spec.number("beta-slow", YarnScaling.DEFAULT_BETA_SLOW),
                        spec.numberOrNull("attention-factor"),
                        spec.numberOrNull("mscale"),
                        spec.numberOrNull("mscale-all-dim"),
                        spec.flag("truncate", true));
            case "llama3":
                return new Llama3Scaling(
                        spec.number("factor"),
                        spec.number("low-freq-factor", DEFAULT_LOW_FREQ_FACTOR),
                        spec.number("high-freq-factor", DEFAULT_HIGH_FREQ_FACTOR),
                        spec.integer("original"));
            case "longrope":
                return new LongRopeScaling(
                        spec.numbers("short"),
                        spec.numbers("long"),
                        spec.integerOrNull("original"),
                        spec.numberOrNull("attention-factor"),
                        spec.numberOrNull("factor"));
            default:
                return new NoScaling();
        }
    }

    /** Canonical text: equal scalings have equal text and different ones different text; defaults are left out. */
    public static String format(RopeScaling scaling) {
        SpecWriter text = new SpecWriter(scaling.type());
        if (scaling instanceof LinearScaling linear) {
            text.option("factor", linear.factor());
        } else if (scaling instanceof NtkScaling ntk) {
            text.option("alpha", ntk.alpha());
        } else if (scaling instanceof DynamicScaling dynamic) {
            text.option("factor", dynamic.factor());
        } else if (scaling instanceof YarnScaling yarn) {
            text.option("factor", yarn.factor())
                    .optionUnlessNull("original", yarn.originalMaxPositions())
                    .optionUnless(YarnScaling.DEFAULT_BETA_FAST, "beta-fast", yarn.betaFast())
                    .optionUnless(YarnScaling.DEFAULT_BETA_SLOW, "beta-slow", yarn.betaSlow())
                    .optionUnlessNull("attention-factor", yarn.attentionFactor())
                    .optionUnlessNull("mscale", yarn.mscale())
                    .optionUnlessNull("mscale-all-dim", yarn.mscaleAllDim())
                    .optionUnless("true", "truncate", Boolean.toString(yarn.truncate()));
        } else if (scaling instanceof Llama3Scaling llama3) {
            text.option("factor", llama3.factor())
                    .option("original", llama3.originalMaxPositions())
                    .optionUnless(DEFAULT_LOW_FREQ_FACTOR, "low-freq-factor", llama3.lowFreqFactor())
                    .optionUnless(DEFAULT_HIGH_FREQ_FACTOR, "high-freq-factor", llama3.highFreqFactor());
        } else if (scaling instanceof LongRopeScaling longRope) {
            text.option("short", longRope.shortFactor())
                    .option("long", longRope.longFactor())
                    .optionUnlessNull("original", longRope.originalMaxPositions())
                    .optionUnlessNull("attention-factor", longRope.attentionFactor())
                    .optionUnlessNull("factor", longRope.factor());
        }
        return text.toString();
    }
}
