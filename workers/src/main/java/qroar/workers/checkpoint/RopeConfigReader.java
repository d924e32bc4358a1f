package qroar.workers.checkpoint;

import org.jspecify.annotations.Nullable;
import qroar.protocol.rope.DynamicScaling;
import qroar.protocol.rope.LinearScaling;
import qroar.protocol.rope.Llama3Scaling;
import qroar.protocol.rope.LongRopeScaling;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.YarnScaling;

/**
 * The rotary keys of {@code config.json}, in both spellings: {@code rope_theta} beside {@code rope_scaling} with
 * {@code type} or {@code rope_type}, and {@code rope_parameters}, which holds them all. Where both are given,
 * {@code rope_scaling} wins, as in transformers 5.
 */
final class RopeConfigReader {
    private static final String SUPPORTED = "supported: default, linear, dynamic, yarn, llama3, longrope";
    private static final String ORIGINAL = "original_max_position_embeddings";
    private static final double DEFAULT_THETA = 10_000;
    private static final double MAX_FACTOR = 1e6;
    /** Smallest theta accepted: a base of 1 has no frequencies apart. */
    private static final double MIN_THETA = Math.nextUp(1.0);

    private static final double MAX_THETA = 1e30;

    private final JsonSection config;
    private final int headDim;
    private final @Nullable JsonSection parameters;
    private final @Nullable JsonSection scaling;

    RopeConfigReader(JsonSection config, int headDim) {
        this.config = config;
        this.headDim = headDim;
        this.parameters = config.section("rope_parameters");
        JsonSection old = config.section("rope_scaling");
        this.scaling = old != null ? old : parameters;
    }

    RopeGeometry geometry(Architecture architecture) {
        int maxPositions = config.integer(
                "max_position_embeddings", 1, ConfigReader.MAX_POSITIONS, architecture.defaultMaxPositions());
        JsonSection partial = parameters != null && parameters.has("partial_rotary_factor") ? parameters : config;
        if (partial.number("partial_rotary_factor", 0, 1, 1) != 1) {
            throw partial.refuse("partial_rotary_factor", "only 1 is supported");
        }
        return new RopeGeometry(headDim, theta(), maxPositions, original(config));
    }

    private double theta() {
        for (JsonSection section : new JsonSection[] {parameters, scaling, config}) {
            if (section != null && section.has("rope_theta")) {
                return section.number("rope_theta", MIN_THETA, MAX_THETA);
            }
        }
        return DEFAULT_THETA;
    }

    private static @Nullable Integer original(JsonSection section) {
        return section.has(ORIGINAL) ? (Integer) section.integer(ORIGINAL, 1, ConfigReader.MAX_POSITIONS) : null;
    }

    RopeScaling scaling(RopeGeometry geometry) {
        if (scaling == null) {
            return new NoScaling();
        }
        String type = type(scaling);
        return switch (type) {
            case "default" -> new NoScaling();
            case "linear" -> new LinearScaling(factor(scaling));
            case "dynamic" -> new DynamicScaling(factor(scaling));
            case "yarn" -> yarn(scaling);
            case "llama3" -> llama3(scaling);
            case "longrope" -> longRope(scaling, geometry);
            default -> throw scaling.refuse(scaling.has("rope_type") ? "rope_type" : "type", SUPPORTED);
        };
    }

    private static String type(JsonSection scaling) {
        String rope = canonical(scaling.text("rope_type"));
        String old = canonical(scaling.text("type"));
        if (rope != null && old != null && !rope.equals(old)) {
            throw scaling.refuse("type", "must agree with rope_type '" + Printable.text(rope) + "' beside it");
        }
        if (rope == null && old == null) {
            if (scaling.has("factor")) {
                throw scaling.refuse("rope_type", "must say what the factor scales; " + SUPPORTED);
            }
            return "default";
        }
        return rope != null ? rope : String.valueOf(old);
    }

    /** {@code su} is what early Phi-3 checkpoints call longrope. */
    private static @Nullable String canonical(@Nullable String type) {
        return type != null && type.equals("su") ? "longrope" : type;
    }

    private static double factor(JsonSection scaling) {
        return scaling.number("factor", 1, MAX_FACTOR);
    }

    private static RopeScaling yarn(JsonSection scaling) {
        return new YarnScaling(
                factor(scaling),
                original(scaling),
                orDefault(scaling, "beta_fast", YarnScaling.DEFAULT_BETA_FAST),
                orDefault(scaling, "beta_slow", YarnScaling.DEFAULT_BETA_SLOW),
                attentionFactor(scaling),
                nonZero(scaling, "mscale"),
                nonZero(scaling, "mscale_all_dim"),
                scaling.flag("truncate", true));
    }

    /** Python's {@code value or default}: zero means the default too. */
    private static double orDefault(JsonSection scaling, String key, double absent) {
        Double value = nonZero(scaling, key);
        return value == null ? absent : value;
    }

    private static @Nullable Double nonZero(JsonSection scaling, String key) {
        double value = scaling.number(key, 0, MAX_FACTOR, 0);
        return value == 0 ? null : (Double) value;
    }

    private static @Nullable Double attentionFactor(JsonSection scaling) {
        return scaling.has("attention_factor")
                ? (Double) scaling.number("attention_factor", Double.MIN_NORMAL, MAX_FACTOR)
                : null;
    }

    private static RopeScaling llama3(JsonSection scaling) {
        double low = scaling.number("low_freq_factor", Double.MIN_NORMAL, MAX_FACTOR);
        double high = scaling.number("high_freq_factor", Double.MIN_NORMAL, MAX_FACTOR);
        if (high <= low) {
            throw scaling.refuse("high_freq_factor", "must be above low_freq_factor " + low);
        }
        return new Llama3Scaling(factor(scaling), low, high, scaling.integer(ORIGINAL, 1, ConfigReader.MAX_POSITIONS));
    }

    private RopeScaling longRope(JsonSection scaling, RopeGeometry geometry) {
        boolean ownOriginal = geometry.originalMaxPositions() == null;
        return new LongRopeScaling(
                scaling.numbers("short_factor", headDim / 2, Double.MIN_NORMAL, MAX_FACTOR),
                scaling.numbers("long_factor", headDim / 2, Double.MIN_NORMAL, MAX_FACTOR),
                ownOriginal ? original(scaling) : null,
                attentionFactor(scaling),
                scaling.has("factor") ? (Double) factor(scaling) : null);
    }
}
