package qroar.workers.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.protocol.rope.DynamicScaling;
import qroar.protocol.rope.LinearScaling;
import qroar.protocol.rope.Llama3Scaling;
import qroar.protocol.rope.LongRopeScaling;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.YarnScaling;
import qroar.protocol.spec.Suggestion;

/**
 * One flat set of rotary keys with the keys of {@code config.json} around it. A key inside wins over the same one outside,
 * but for {@code original_max_position_embeddings}, where transformers 5 has it the other way round.
 */
final class RopeSet {
    private static final String SUPPORTED = "supported: default, linear, dynamic, yarn, llama3, longrope";
    private static final String ORIGINAL = "original_max_position_embeddings";
    private static final String PARTIAL = "partial_rotary_factor";
    private static final double DEFAULT_THETA = 10_000;
    private static final double MAX_FACTOR = 1e6;
    /** Smallest theta accepted: a base of 1 has no frequencies apart. */
    private static final double MIN_THETA = Math.nextUp(1.0);

    private static final double MAX_THETA = 1e30;
    private static final List<String> ALWAYS_KNOWN = List.of("rope_type", "type", "rope_theta", PARTIAL);
    private static final Map<String, List<String>> KNOWN = Map.of(
            "default", List.of(),
            "linear", List.of("factor"),
            "dynamic", List.of("factor"),
            "yarn",
                    List.of(
                            "factor",
                            ORIGINAL,
                            "attention_factor",
                            "beta_fast",
                            "beta_slow",
                            "mscale",
                            "mscale_all_dim",
                            "truncate"),
            "llama3", List.of("factor", ORIGINAL, "low_freq_factor", "high_freq_factor"),
            "longrope", List.of("short_factor", "long_factor", ORIGINAL, "attention_factor", "factor"));

    private final JsonSection config;
    private final @Nullable JsonSection set;
    private final int headDim;
    private final int maxPositions;
    private final @Nullable Integer outerOriginal;
    private final List<String> notes;

    /**
     * @param set null where the config has none
     * @param notes added to
     */
    private RopeSet(
            JsonSection config,
            @Nullable JsonSection set,
            int headDim,
            int maxPositions,
            @Nullable Integer outerOriginal,
            List<String> notes) {
        this.config = config;
        this.set = set;
        this.headDim = headDim;
        this.maxPositions = maxPositions;
        this.outerOriginal = outerOriginal;
        this.notes = notes;
    }

    /** The one set of all layers. */
    static RopeSet ofAll(
            JsonSection config, @Nullable JsonSection set, int headDim, int maxPositions, List<String> notes) {
        return new RopeSet(config, set, headDim, maxPositions, original(config), notes);
    }

    /** The set of one layer type: the original window of the whole model is none of its business. */
    static RopeSet ofType(JsonSection config, JsonSection set, int headDim, int maxPositions, List<String> notes) {
        if (config.has(ORIGINAL)) {
            notes.add(config.named(ORIGINAL) + " is not read beside rotary keys per layer type, nor by transformers");
        }
        return new RopeSet(config, set, headDim, maxPositions, null, notes);
    }

    RopeConfigReader.Rotary read() {
        JsonSection partial = innermost(PARTIAL);
        if (partial.number(PARTIAL, 0, 1, 1) != 1) {
            throw partial.refuse(PARTIAL, "only 1 is supported");
        }
        RopeGeometry geometry = new RopeGeometry(headDim, theta(), maxPositions, outerOriginal);
        return new RopeConfigReader.Rotary(geometry, set == null ? new NoScaling() : scaling(set, geometry));
    }

    private double theta() {
        return innermost("rope_theta").number("rope_theta", MIN_THETA, MAX_THETA, DEFAULT_THETA);
    }

    /** Where a key counts that may stand in the set and beside it; two that differ are told. */
    private JsonSection innermost(String key) {
        if (set == null || !set.has(key)) {
            return config;
        }
        if (config.has(key) && config.number(key, -MAX_THETA, MAX_THETA) != set.number(key, -MAX_THETA, MAX_THETA)) {
            notes.add(config.named(key) + " is " + config.shown(key) + ", but " + set.shown(key) + " in " + set.place()
                    + " is used, as in transformers 5");
        }
        return set;
    }

    private static @Nullable Integer original(JsonSection section) {
        return section.has(ORIGINAL) ? (Integer) section.integer(ORIGINAL, 1, ConfigReader.MAX_POSITIONS) : null;
    }

    private RopeScaling scaling(JsonSection keys, RopeGeometry geometry) {
        String type = type(keys);
        noteUnknown(keys, type);
        return switch (type) {
            case "default" -> new NoScaling();
            case "linear" -> new LinearScaling(factor(keys));
            case "dynamic" -> new DynamicScaling(factor(keys));
            case "yarn" -> yarn(keys);
            case "llama3" -> llama3(keys);
            case "longrope" -> longRope(keys, geometry);
            default -> throw keys.refuse(keys.has("rope_type") ? "rope_type" : "type", SUPPORTED);
        };
    }

    private static String type(JsonSection keys) {
        String rope = canonical(keys.text("rope_type"));
        String old = canonical(keys.text("type"));
        if (rope != null && old != null && !rope.equals(old)) {
            throw keys.refuse("type", "must agree with rope_type '" + Printable.text(rope) + "' beside it");
        }
        if (rope == null && old == null) {
            if (keys.has("factor")) {
                throw keys.refuse("rope_type", "must say what the factor scales; " + SUPPORTED);
            }
            return "default";
        }
        return rope != null ? rope : String.valueOf(old);
    }

    /** {@code su} is what early Phi-3 checkpoints call longrope. */
    private static @Nullable String canonical(@Nullable String type) {
        return type != null && type.equals("su") ? "longrope" : type;
    }

    private void noteUnknown(JsonSection keys, String type) {
        List<String> known = new ArrayList<>(KNOWN.getOrDefault(type, List.of()));
        for (String key : keys.keys()) {
            if (keys.has(key) && KNOWN.containsKey(type) && !known.contains(key) && !ALWAYS_KNOWN.contains(key)) {
                notes.add(keys.named(key) + " is not read for " + type + ", nor by transformers"
                        + Suggestion.of(key, known.isEmpty() ? ALWAYS_KNOWN : known));
            }
        }
    }

    private static double factor(JsonSection keys) {
        return keys.number("factor", 1, MAX_FACTOR);
    }

    private RopeScaling yarn(JsonSection keys) {
        Integer original = originalOutsideFirst(keys);
        double fast = orDefault(keys, "beta_fast", YarnScaling.DEFAULT_BETA_FAST);
        double slow = orDefault(keys, "beta_slow", YarnScaling.DEFAULT_BETA_SLOW);
        if (fast < slow) {
            notes.add(keys.named("beta_fast") + " stands for " + fast + ", less than beta_slow " + slow
                    + ": frequencies are interpolated the wrong way round");
        }
        double factor = factor(keys);
        if (original != null) {
            noteRatio(keys, factor, factor, original);
        }
        return new YarnScaling(
                factor,
                original,
                fast,
                slow,
                attentionFactor(keys),
                nonZero(keys, "mscale"),
                nonZero(keys, "mscale_all_dim"),
                keys.flag("truncate", true));
    }

    /** Checkpoints state the same extension twice; where the two differ, a person should know which one counts. */
    private void noteRatio(JsonSection keys, double factor, double used, int original) {
        double ratio = (double) maxPositions / original;
        if (ratio != 1 && ratio != factor) {
            notes.add(keys.named("factor") + " is " + factor + ", but max_position_embeddings / " + ORIGINAL + " = "
                    + maxPositions + " / " + original + " = " + ratio + "; " + used + " is used");
        }
    }

    private @Nullable Integer originalOutsideFirst(JsonSection keys) {
        Integer outside = outerOriginal;
        Integer inside = original(keys);
        if (outside == null || outside.equals(inside)) {
            return inside;
        }
        notes.add(config.named(ORIGINAL) + " is " + outside + " and is used, as in transformers 5, not "
                + (inside == null ? "max_position_embeddings" : inside + " beside the factor")
                + " as in transformers 4");
        return outside;
    }

    /** Python's {@code value or default}: zero means the default too. */
    private static double orDefault(JsonSection keys, String key, double absent) {
        Double value = nonZero(keys, key);
        return value == null ? absent : value;
    }

    private static @Nullable Double nonZero(JsonSection keys, String key) {
        double value = keys.number(key, 0, MAX_FACTOR, 0);
        return value == 0 ? null : (Double) value;
    }

    private static @Nullable Double attentionFactor(JsonSection keys) {
        return keys.has("attention_factor")
                ? (Double) keys.number("attention_factor", Double.MIN_NORMAL, MAX_FACTOR)
                : null;
    }

    private RopeScaling llama3(JsonSection keys) {
        double low = keys.number("low_freq_factor", Double.MIN_NORMAL, MAX_FACTOR);
        double high = keys.number("high_freq_factor", Double.MIN_NORMAL, MAX_FACTOR);
        if (high <= low) {
            throw keys.refuse("high_freq_factor", "must be above low_freq_factor " + low);
        }
        Integer outside = originalOutsideFirst(keys);
        int original = outside == null ? keys.integer(ORIGINAL, 1, ConfigReader.MAX_POSITIONS) : outside;
        if (original >= maxPositions) {
            notes.add(keys.named(ORIGINAL) + " stands for " + original + ", not less than max_position_embeddings "
                    + maxPositions);
        }
        return new Llama3Scaling(factor(keys), low, high, original);
    }

    private RopeScaling longRope(JsonSection keys, RopeGeometry geometry) {
        Integer outside = geometry.originalMaxPositions();
        Integer own = outside == null ? original(keys) : null;
        Double factor = keys.has("factor") ? (Double) factor(keys) : null;
        Integer original = outside == null ? own : outside;
        if (factor != null && original != null) {
            noteRatio(keys, factor, outside == null ? factor : (double) maxPositions / original, original);
        }
        return new LongRopeScaling(
                keys.numbers("short_factor", headDim / 2, Double.MIN_NORMAL, MAX_FACTOR),
                keys.numbers("long_factor", headDim / 2, Double.MIN_NORMAL, MAX_FACTOR),
                own,
                attentionFactor(keys),
                factor);
    }
}
