package qroar.workers.checkpoint;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;
import qroar.protocol.rope.DynamicScaling;
import qroar.protocol.rope.LinearScaling;
import qroar.protocol.rope.Llama3Scaling;
import qroar.protocol.rope.LongRopeScaling;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.rope.NtkScaling;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.YarnScaling;

/** Puts a RoPE scaling into a {@code config.json}, in the keys that {@link RopeConfigReader} and transformers read. */
public final class RopeConfigWriter {
    private static final String OLD = "rope_scaling";
    private static final String NEW = "rope_parameters";
    private static final String ORIGINAL = "original_max_position_embeddings";

    private RopeConfigWriter() {}

    /**
     * Replaces whatever scaling the config has.
     *
     * @param geometry the config's
     */
    public static void write(ObjectNode config, RopeScaling scaling, RopeGeometry geometry) {
        ObjectNode parameters = config.get(NEW) instanceof ObjectNode known ? known : null;
        ObjectNode keys = config.objectNode();
        double theta = geometry.theta();
        if (scaling instanceof NtkScaling ntk) {
            // Transformers has no word for it; it is another base, and nothing else.
            double d = geometry.headDim();
            theta *= Math.pow(ntk.alpha(), d / (d - 2));
        } else {
            fill(keys, scaling);
        }
        if (scaling instanceof YarnScaling yarn && yarn.originalMaxPositions() != null) {
            // Where the original window is named, transformers takes the factor from the ratio of the two.
            config.put("max_position_embeddings", (long) Math.rint(yarn.originalMaxPositions() * yarn.factor()));
        }
        config.remove(OLD);
        if (parameters != null) {
            keys.put("rope_theta", theta);
            if (!keys.has("rope_type")) {
                keys.put("rope_type", "default");
            }
            config.set(NEW, keys);
        } else if (!keys.isEmpty()) {
            config.set(OLD, keys);
        }
        if (parameters == null || config.has("rope_theta")) {
            config.put("rope_theta", theta);
        }
    }

    private static void fill(ObjectNode keys, RopeScaling scaling) {
        if (scaling instanceof NoScaling) {
            return;
        }
        keys.put("rope_type", scaling.type());
        if (scaling instanceof LinearScaling linear) {
            keys.put("factor", linear.factor());
        } else if (scaling instanceof DynamicScaling dynamic) {
            keys.put("factor", dynamic.factor());
        } else if (scaling instanceof YarnScaling yarn) {
            keys.put("factor", yarn.factor());
            put(keys, ORIGINAL, yarn.originalMaxPositions());
            keys.put("beta_fast", yarn.betaFast());
            keys.put("beta_slow", yarn.betaSlow());
            put(keys, "attention_factor", yarn.attentionFactor());
            put(keys, "mscale", yarn.mscale());
            put(keys, "mscale_all_dim", yarn.mscaleAllDim());
            if (!yarn.truncate()) {
                keys.put("truncate", false);
            }
        } else if (scaling instanceof Llama3Scaling llama3) {
            keys.put("factor", llama3.factor());
            keys.put("low_freq_factor", llama3.lowFreqFactor());
            keys.put("high_freq_factor", llama3.highFreqFactor());
            keys.put(ORIGINAL, llama3.originalMaxPositions());
        } else if (scaling instanceof LongRopeScaling longRope) {
            put(keys.putArray("short_factor"), longRope.shortFactor());
            put(keys.putArray("long_factor"), longRope.longFactor());
            put(keys, ORIGINAL, longRope.originalMaxPositions());
            put(keys, "attention_factor", longRope.attentionFactor());
            put(keys, "factor", longRope.factor());
        } else {
            throw new IllegalArgumentException(scaling.type() + " has no form in a config.json");
        }
    }

    private static void put(ObjectNode keys, String key, @Nullable Integer value) {
        if (value != null) {
            keys.put(key, value);
        }
    }

    private static void put(ObjectNode keys, String key, @Nullable Double value) {
        if (value != null) {
            keys.put(key, value);
        }
    }

    private static void put(ArrayNode array, double[] values) {
        for (double value : values) {
            array.add(value);
        }
    }
}
