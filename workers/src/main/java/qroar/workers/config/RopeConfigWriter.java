package qroar.workers.config;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;
import qroar.protocol.rope.LongRopeScaling;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.rope.RopeScaling;

/** Puts a RoPE scaling into a {@code config.json}, in the keys that {@link RopeConfigReader} and other readers know. */
public final class RopeConfigWriter {
    private static final String OLD = "rope_scaling";
    private static final String NEW = "rope_parameters";
    private static final String ORIGINAL = "original_max_position_embeddings";
    /** Types whose original window is told among their own keys. */
    private static final Set<String> ORIGINAL_INSIDE = Set.of("yarn", "llama3");

    private static final ObjectMapper VALUES = new ObjectMapper();

    private RopeConfigWriter() {}

    /**
     * Replaces whatever scaling the config has, in both spellings: {@code rope_scaling} for transformers 4 and what follows
     * it, {@code rope_parameters} for transformers 5; theta inside both and outside.
     *
     * @param scaling {@link RopeScaling#portable} where any engine is to read it alike
     * @param geometry the config's
     */
    public static void write(ObjectNode config, RopeScaling scaling, RopeGeometry geometry) {
        ObjectNode keys = config.objectNode();
        scaling.configKeys().forEach((key, value) -> keys.set(key, VALUES.valueToTree(value)));
        double theta = scaling.configTheta(geometry);
        Long maxPositions = scaling.configMaxPositions();
        if (maxPositions != null) {
            config.put("max_position_embeddings", maxPositions);
        }
        if (ORIGINAL_INSIDE.contains(scaling.type())) {
            // Outside it would win over the one inside, or over its absence.
            config.remove(ORIGINAL);
        } else if (scaling instanceof LongRopeScaling && keys.has(ORIGINAL)) {
            // LongRoPE's is looked for outside by transformers 4, which else takes max_position_embeddings for it.
            config.set(ORIGINAL, keys.get(ORIGINAL));
        }
        boolean none = keys.isEmpty();
        keys.put("rope_theta", theta);
        if (none) {
            keys.put("rope_type", "default");
            config.remove(OLD);
        } else {
            config.set(OLD, keys);
        }
        config.set(NEW, keys.deepCopy());
        config.put("rope_theta", theta);
    }
}
