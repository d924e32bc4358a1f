package qroar.workers.config;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.rope.RopeScaling;

/** Puts a RoPE scaling into a {@code config.json}, in the keys that {@link RopeConfigReader} and transformers read. */
public final class RopeConfigWriter {
    private static final String OLD = "rope_scaling";
    private static final String NEW = "rope_parameters";
    /** Types whose original window is told among their own keys. */
    private static final Set<String> ORIGINAL_INSIDE = Set.of("yarn", "llama3");

    private static final ObjectMapper VALUES = new ObjectMapper();

    private RopeConfigWriter() {}

    /**
     * Replaces whatever scaling the config has.
     *
     * @param geometry the config's
     */
    public static void write(ObjectNode config, RopeScaling scaling, RopeGeometry geometry) {
        ObjectNode parameters = config.get(NEW) instanceof ObjectNode known ? known : null;
        ObjectNode keys = config.objectNode();
        scaling.configKeys().forEach((key, value) -> keys.set(key, VALUES.valueToTree(value)));
        double theta = scaling.configTheta(geometry);
        Long maxPositions = scaling.configMaxPositions();
        if (maxPositions != null) {
            config.put("max_position_embeddings", maxPositions);
        }
        if (ORIGINAL_INSIDE.contains(scaling.type())) {
            // Outside it would win over the one inside, or over its absence.
            config.remove("original_max_position_embeddings");
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
}
